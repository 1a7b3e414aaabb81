import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { mailWithAttachment, submit } from '../support/client-mail.ts'
import { freePort } from '#platform/free-port.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { testKeys, testSettings } from '../support/kuvert-settings.ts'
import { writePeople } from '../support/people.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
let database: Awaited<ReturnType<typeof freshDatabase>>
let folder: string
let sink: SmtpSink
let smtpPort: number
let portalUrl: string
let child: ChildProcess | undefined
beforeEach(async () => {
  database = await freshDatabase()
  folder = await mkdtemp(join(tmpdir(), 'kuvert-shortages-'))
  sink = await startSmtpSink()
  smtpPort = await freePort()
  const port = await freePort()
  portalUrl = `http://localhost:${port}`
  const config = testSettings(
    folder,
    { smtp: smtpPort, http: port },
    {
      database: { kind: 'postgres', url: database.url },
      keys: testKeys(),
      nextHop: { kind: 'smtp', host: '127.0.0.1', port: sink.port, tls: 'none' },
    },
  )
  await writeFile(join(folder, 'kuvert.yaml'), stringify(config))
  await writePeople(join(folder, 'people.yaml'), [])
})
afterEach(async () => {
  child?.kill('SIGKILL')
  await sink.stop()
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

/** Runs Kuvert as a shell starts it, with so many descriptors, and this as its standard error. */
async function serve(descriptors: number, log: number): Promise<ChildProcess> {
  const run = [process.execPath, main, 'serve', '--config', join(folder, 'kuvert.yaml')]
  child = spawn('sh', ['-c', 'ulimit -n "$0"; exec "$@"', String(descriptors), ...run], {
    stdio: ['ignore', 'ignore', log],
  })
  await expect.poll(isAlive).toBe(true)
  return child
}

async function isAlive(): Promise<boolean> {
  return fetch(`${portalUrl}/healthz`).then(
    answer => answer.ok,
    () => false,
  )
}

async function stopped(running: ChildProcess): Promise<unknown[]> {
  const ended = once(running, 'exit')
  running.kill('SIGTERM')
  return ended
}

const marked = mailWithAttachment('[secure open] x')

describe.skipIf(process.platform !== 'linux')('Kuvert goes on', () => {
  test('where its log cannot be written, since the disk is full; and stops when it is told to', async () => {
    const running = await serve(1000, openSync('/dev/full', 'w'))
    expect((await submit(smtpPort, marked)).code).toBe(250)
    expect(await isAlive()).toBe(true)
    expect(await stopped(running)).toEqual([0, null])
  }, 60_000)

  test('when nothing more can be opened, and as before when that is over', async () => {
    const logFile = join(folder, 'log')
    const running = await serve(150, openSync(logFile, 'w'))
    const sockets: Socket[] = []
    for (let count = 0; count < 300; count += 1)
      sockets.push(
        connect(smtpPort, '127.0.0.1')
          .on('error', () => undefined)
          .resume(),
      )
    await expect.poll(() => sockets.filter(socket => socket.closed).length).toBeGreaterThan(100)
    // Whatever it says now, it says no 250 to what it cannot keep.
    const answer = await submit(smtpPort, marked).catch(() => undefined)
    const { rows } = await database.db.query('select 1 from messages')
    expect(rows).toHaveLength(answer?.code === 250 ? 1 : 0)
    expect(running.exitCode ?? running.signalCode).toBeNull()
    for (const socket of sockets) socket.destroy()
    const later = async () => (await submit(smtpPort, marked).catch(() => undefined))?.code
    await expect.poll(later).toBe(250)
    expect(await isAlive()).toBe(true)
    expect(await stopped(running)).toEqual([0, null])
    expect(readFileSync(logFile, 'utf8')).not.toContain('"level":60')
  }, 60_000)
})
