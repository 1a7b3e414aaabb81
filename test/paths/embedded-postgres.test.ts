import { spawn, type ChildProcess } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startEmbeddedPostgres } from '#database/embedded-postgres.ts'

const embedded = new URL('../../src/database/embedded-postgres.ts', import.meta.url).href
let folder: string
// A folder that is closed to everybody else, with a name that needs quoting.
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'kuvert å " data-'))))
afterEach(() => rm(folder, { recursive: true, force: true }))

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client(url)
  client.on('error', () => undefined)
  return client.connect().then(
    () => client.end().then(() => true),
    () => false,
  )
}

async function pidOf(): Promise<number> {
  return Number((await readFile(join(folder, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0])
}

test('two that start at once on a new folder share one server, and the last one out stops it', async () => {
  const [one, other] = await Promise.all([startEmbeddedPostgres({ folder }), startEmbeddedPostgres({ folder })])
  expect(one.url).toBe(other.url)
  await one.stop()
  expect(await answers(other.url)).toBe(true)
  await other.stop()
  expect(await answers(other.url)).toBe(false)
}, 60_000)

test('the server inherits nothing of our environment but what it needs', async () => {
  vi.stubEnv('KUVERT_TEST_SECRET', 'a secret of the configuration')
  vi.stubEnv('PGDATA', '/nowhere')
  try {
    const server = await startEmbeddedPostgres({ folder })
    const environment = await readFile(`/proc/${await pidOf()}/environ`, 'utf8')
    const names = environment.split('\0').filter(Boolean)
    expect(environment).toContain('TZ=UTC')
    expect(
      names.filter(each => !/^(?:PATH|LD_LIBRARY_PATH|TMPDIR|LC_ALL|TZ|PG_\w+|PGSYSCONFDIR|PGLOCALEDIR)=/.test(each)),
    ).toEqual([])
    await server.stop()
  } finally {
    vi.unstubAllEnvs()
  }
}, 60_000)

test('what was written is there after a restart, also after a crash of the server', async () => {
  const first = await startEmbeddedPostgres({ folder })
  const client = new pg.Client(first.url)
  client.on('error', () => undefined)
  await client.connect()
  await client.query('create table kept (word text)')
  process.kill(await pidOf(), 'SIGKILL')
  await first.stop()
  const second = await startEmbeddedPostgres({ folder })
  const again = new pg.Client(second.url)
  await again.connect()
  expect((await again.query('select * from kept')).rows).toEqual([])
  await again.end()
  await second.stop()
}, 60_000)

test('one that was killed together with its Kuvert is waited for until the system has forgotten it', async () => {
  // A process that starts a server and is stopped: the server's end stays unseen, until it is killed as well.
  const starter = `const { startEmbeddedPostgres } = await import(${JSON.stringify(embedded)})
    await startEmbeddedPostgres({ folder: process.argv[1] })
    process.send('started')`
  const options = { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] as ('ignore' | 'inherit' | 'ipc')[] }
  const other = spawn(process.execPath, ['--input-type=module', '--eval', starter, folder], options)
  await once(other, 'message')
  other.kill('SIGSTOP')
  const killed = await pidOf()
  process.kill(killed, 'SIGKILL')
  await expect.poll(() => readFile(`/proc/${killed}/stat`, 'utf8')).toContain(') Z ')

  const { promise: refused, resolve: hasEnded } = Promise.withResolvers<void>()
  const onSpawn = (message: unknown) => {
    const child = (message as { process: ChildProcess }).process
    child.once('exit', () => child.spawnargs.includes('-p') && hasEnded())
  }
  subscribe('child_process', onSpawn)
  const starting = startEmbeddedPostgres({ folder })
  await Promise.race([refused, starting]).finally(() => other.kill('SIGKILL'))
  unsubscribe('child_process', onSpawn)
  const server = await starting
  expect(await answers(server.url)).toBe(true)
  await server.stop()
}, 60_000)

test('a process that has got the number of a server that crashed is left alone, and is no obstacle', async () => {
  const first = await startEmbeddedPostgres({ folder })
  const pidFile = join(folder, 'postgres', 'postmaster.pid')
  const left = await readFile(pidFile, 'utf8')
  await first.stop()
  const innocent = spawn('sleep', ['60'])
  await once(innocent, 'spawn')
  try {
    await writeFile(pidFile, left.replace(/^\d+/, String(innocent.pid)))
    const second = await startEmbeddedPostgres({ folder })
    expect(await answers(second.url)).toBe(true)
    const own = await readFile(pidFile, 'utf8')
    await writeFile(pidFile, left.replace(/^\d+/, String(innocent.pid)))
    await first.stop()
    expect(innocent.exitCode ?? innocent.signalCode).toBeNull()
    await writeFile(pidFile, own)
    await second.stop()
  } finally {
    innocent.kill()
  }
}, 60_000)

test('a cluster that was never finished does not stand in the way', async () => {
  await mkdir(join(folder, 'postgres.new-abc'))
  await writeFile(join(folder, 'postgres.new-abc', 'PG_VERSION'), '18')
  const server = await startEmbeddedPostgres({ folder })
  expect(await answers(server.url)).toBe(true)
  await server.stop()
}, 60_000)
