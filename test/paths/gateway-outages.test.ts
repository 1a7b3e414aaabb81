import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { countOpen, expectNothingLeaks, waysToBreak } from '../support/broken-lines.ts'
import { mailWithAttachment, submit } from '../support/client-mail.ts'
import { startFaultyProxy, type FaultyProxy } from '../support/faulty-proxy.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'
import { settingsFor, startMinio, type Minio } from '../support/minio.ts'
import { staff } from '../support/people.ts'
import { hasServer } from '../support/servers.ts'
import { startSlapd, type Slapd } from '../support/slapd.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'

/** Of 12 MB: more than one part of an upload to a bucket. */
const large = 'x'.repeat(12 * 1024 ** 2)
let sink: SmtpSink
let fresh: Awaited<ReturnType<typeof freshDatabase>>
let proxy: FaultyProxy
let kuvert: TestKuvert
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

type Overrides = NonNullable<Parameters<typeof startTestKuvert>[0]>

const start = (overrides: Overrides) =>
  startTestKuvert(
    {
      nextHop: { kind: 'smtp', host: '127.0.0.1', port: sink.port, tls: 'none' },
      courier: { firstPauseSeconds: 1, longestPauseSeconds: 1, leaseSeconds: 5 },
      ...overrides,
    },
    ['gateway', 'courier'],
  )

let numbered = 0
/** A marked mail of its own; the login is what needs the directory. */
const markedMail = (login: string, content?: string) =>
  mailWithAttachment(`[secure ${login}] ${(numbered += 1)}`, content ?? `attached ${numbered}`)
const unmarked = Buffer.from('Subject: hello\r\n\r\nbody\r\n')
const send = (mail: Buffer) => submit(kuvert.smtpPort, mail)
/** Subjects of the mails that have come, in their order. The mark is not in them any more. */
const subjects = () => sink.mails.map(({ bytes }) => /^Subject: (.*)\r$/m.exec(bytes.toString())?.[1])
const sealed = async () => (await fresh.db.query('select 1 from messages')).rows.length

/** While it is broken, unmarked mail flows and marked mail is put off; afterwards each marked mail is sealed once, and sent. */
async function putsOff(break_: () => void, code: number, makeMails: () => Buffer[]): Promise<void> {
  const numberedBefore = numbered
  // What is kept open between mails is there from now on.
  for (const answer of await Promise.all([unmarked, ...makeMails(), unmarked].map(send))) expect(answer.code).toBe(250)
  await sink.waitForMails(2 + numbered - numberedBefore)
  const firstOfRound = numbered + 1
  const mails = makeMails()
  sink.mails.splice(0)
  const before = countOpen(proxy)
  const sealedBefore = await sealed()
  break_()
  const answers = await Promise.all([send(unmarked), ...mails.map(send), send(unmarked)])
  for (const [index, answer] of answers.entries()) {
    const isMarked = index > 0 && index <= mails.length
    expect(answer.code).toBe(isMarked ? code : 250)
    if (isMarked) expect(answer.lines[0]).toMatch(/^4\.\d\.\d .*later/)
  }
  // A copy of before may come once more, if it was sent when the database went away and could not be settled.
  const ofRound = mails.map((_, index) => String(firstOfRound + index))
  expect(subjects().filter(subject => subject === 'hello')).toHaveLength(2)
  expect(subjects().filter(subject => ofRound.includes(subject!))).toEqual([])
  await expectNothingLeaks(proxy, before)
  expect(await sealed()).toBe(sealedBefore)
  for (const mail of mails) expect((await send(mail)).code).toBe(250)
  expect(await sealed()).toBe(sealedBefore + mails.length)
  // The courier has gone on by itself.
  await expect.poll(subjects).toEqual(expect.arrayContaining(ofRound))
}

describe('a database', () => {
  beforeAll(async () => {
    const url = new URL(fresh.url)
    proxy = await startFaultyProxy(Number(url.port))
    url.port = String(proxy.port)
    kuvert = await start({ database: { kind: 'postgres', url: url.href, timeoutSeconds: 3 } })
  })
  afterAll(async () => {
    await kuvert.close()
    await proxy.stop()
  })

  test.each(ways)(
    'that %s keeps nothing but marked mail waiting, and no longer than it is away',
    (_, break_) => putsOff(break_, 451, () => [markedMail('open'), markedMail('open'), markedMail('open', large)]),
    60_000,
  )

  test('that is slow makes nobody send again', async () => {
    proxy.slow(20)
    expect((await send(markedMail('open'))).code).toBe(250)
    await sink.waitForMails(1)
  }, 60_000)
})

describe.skipIf(!hasServer('minio'))('an object storage', () => {
  let minio: Minio
  beforeAll(async () => {
    minio = await startMinio()
    proxy = await startFaultyProxy(minio.port)
    kuvert = await start({
      database: { kind: 'postgres', url: fresh.url, timeoutSeconds: 5 },
      objects: { ...settingsFor(proxy.port), timeoutSeconds: 3 },
    })
  })
  afterAll(async () => {
    await kuvert.close()
    await proxy.stop()
    await minio.stop()
  })

  test.each([
    ...ways,
    ['is cut off in the middle of a file', () => proxy.cut(10_000_000)] as const,
    ['falls silent in the middle of a file', () => proxy.hang(10_000_000)] as const,
  ])(
    'that %s keeps nothing but marked mail waiting, and no longer than it is away',
    (_, break_) => putsOff(break_, 451, () => [markedMail('open', large)]),
    60_000,
  )

  test('that is slow makes nobody send again', async () => {
    proxy.slow(5)
    expect((await send(markedMail('open', large))).code).toBe(250)
    await sink.waitForMails(1)
  }, 60_000)
})

describe.skipIf(!hasServer('slapd'))('a directory', () => {
  let slapd: Slapd
  beforeAll(async () => {
    slapd = await startSlapd({ people: [staff('anna')] })
    proxy = await startFaultyProxy(slapd.plainPort)
    const plain = { urls: [`ldap://localhost:${proxy.port}`], startTls: false, timeoutSeconds: 1 }
    kuvert = await start({
      database: { kind: 'postgres', url: fresh.url, timeoutSeconds: 5 },
      directory: slapd.settings(plain),
    })
  })
  afterAll(async () => {
    await kuvert.close()
    await proxy.stop()
    await slapd.stop()
  })

  test.each(ways)(
    'that %s keeps only marked mail waiting that needs it, and no longer than it is away',
    async (_, break_) => {
      await putsOff(break_, 454, () => [markedMail('recipients'), markedMail('recipients')])
      break_()
      expect((await send(markedMail('open'))).code).toBe(250)
      await sink.waitForMails(5)
    },
    60_000,
  )

  test('that is slow makes nobody send again', async () => {
    proxy.slow(50)
    expect((await send(markedMail('recipients'))).code).toBe(250)
    await sink.waitForMails(1)
  })
})
