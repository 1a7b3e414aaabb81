import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { countOpen, expectNothingLeaks, waysToBreak } from '../support/broken-lines.ts'
import { mailWithAttachment, submit } from '../support/client-mail.ts'
import { startFaultyProxy, type FaultyProxy } from '../support/faulty-proxy.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'
import { testKeys } from '../support/kuvert-settings.ts'
import { settingsFor, startMinio, type Minio } from '../support/minio.ts'
import { hasServer } from '../support/servers.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'

type Overrides = NonNullable<Parameters<typeof startTestKuvert>[0]>

let sink: SmtpSink
let fresh: Awaited<ReturnType<typeof freshDatabase>>
let proxy: FaultyProxy
/** What is sealed at the one is delivered by the other, whose lines are broken. */
let door: TestKuvert
let courier: TestKuvert
const ways = waysToBreak(() => proxy)
beforeAll(async () => {
  sink = await startSmtpSink()
  fresh = await freshDatabase()
})
beforeEach(() => void sink.mails.splice(0))
afterEach(() => proxy.heal())
afterAll(async () => {
  await fresh.drop()
  await sink.stop()
})

async function start(ofDoor: Overrides, ofCourier: Overrides): Promise<void> {
  const common: Overrides = {
    nextHop: { kind: 'smtp', host: '127.0.0.1', port: sink.port, tls: 'none' },
    courier: { firstPauseSeconds: 1, longestPauseSeconds: 1, leaseSeconds: 5 },
    keys: testKeys(),
  }
  door = await startTestKuvert({ ...common, ...ofDoor }, ['gateway'])
  courier = await startTestKuvert({ ...common, ...ofCourier }, ['courier'])
}

async function stop(): Promise<void> {
  await courier.close()
  await door.close()
  await proxy.stop()
}

let numbered = 0
/** Its copy has 3 MB. */
function markedMail(): Buffer {
  const text = 'A line of the text.\r\n'.repeat(150_000)
  const mail = mailWithAttachment(`[secure open] ${(numbered += 1)}`, `attached ${numbered}`)
  return Buffer.from(mail.toString('utf8').replace('the text', text))
}

const warnings = () => courier.logged.filter(({ level }) => Number(level) >= 40).length
const queued = async () => (await fresh.db.query(`select 1 from deliveries where state = 'queued'`)).rows.length

/** Copies wait while it is broken, and go out by themselves afterwards: each once. */
async function waits(break_: () => void): Promise<void> {
  expect((await submit(door.smtpPort, markedMail())).code).toBe(250)
  await sink.waitForMails(1)
  await expect.poll(queued).toBe(0)
  const before = countOpen(proxy)
  const warned = warnings()
  break_()
  for (let time = 0; time < 3; time += 1) expect((await submit(door.smtpPort, markedMail())).code).toBe(250)
  await expect.poll(warnings).toBeGreaterThan(warned)
  expect(sink.mails).toHaveLength(1)
  await expectNothingLeaks(proxy, before)
  await sink.waitForMails(4)
  await expect.poll(queued).toBe(0)
  expect(sink.mails).toHaveLength(4)
}

describe('while the database', () => {
  let folder: string
  beforeAll(async () => {
    const url = new URL(fresh.url)
    proxy = await startFaultyProxy(Number(url.port))
    url.port = String(proxy.port)
    folder = await mkdtemp(join(tmpdir(), 'kuvert-courier-'))
    const objects = { kind: 'folder', path: folder } as const
    await start(
      { objects, database: { kind: 'postgres', url: fresh.url } },
      { objects, database: { kind: 'postgres', url: url.href, timeoutSeconds: 2 } },
    )
  })
  afterAll(async () => {
    await stop()
    await rm(folder, { recursive: true, force: true })
  })

  test.each(ways)('%s, copies wait, and go out once each afterwards', (_, break_) => waits(break_), 60_000)

  test('is slow, copies go out once each', async () => {
    proxy.slow(20)
    for (let time = 0; time < 3; time += 1) await submit(door.smtpPort, markedMail())
    await sink.waitForMails(3)
    await expect.poll(queued).toBe(0)
    expect(sink.mails).toHaveLength(3)
  }, 60_000)
})

describe.skipIf(!hasServer('minio'))('while the object storage', () => {
  let minio: Minio
  beforeAll(async () => {
    minio = await startMinio()
    proxy = await startFaultyProxy(minio.port)
    const database = { kind: 'postgres', url: fresh.url } as const
    await start(
      { database, objects: minio.settings },
      { database, objects: { ...settingsFor(proxy.port), timeoutSeconds: 2 } },
    )
  })
  afterAll(async () => {
    await stop()
    await minio.stop()
  })

  test.each([
    ...ways,
    ['is cut off in the middle of a copy', () => proxy.cut(1_000_000, 'toClient')] as const,
    ['falls silent in the middle of a copy', () => proxy.hang(1_000_000, 'toClient')] as const,
  ])('%s, copies wait, and go out once each afterwards', (_, break_) => waits(break_), 60_000)

  test('is slow, copies go out once each', async () => {
    proxy.slow(10)
    for (let time = 0; time < 3; time += 1) await submit(door.smtpPort, markedMail())
    await sink.waitForMails(3)
    await expect.poll(queued).toBe(0)
    expect(sink.mails).toHaveLength(3)
  }, 60_000)
})
