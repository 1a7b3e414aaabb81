import { randomBytes, randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DeliveryWorker } from '#courier/delivery-worker.ts'
import { newMessageKey } from '#crypto/message-key.ts'
import { openDatabase, type Database } from '#database/database.ts'
import type { ReserveSlots } from '#seal/local-dispatch.ts'
import { openNextHop } from '#next-hop/open-next-hop.ts'
import type { NextHop } from '#next-hop/next-hop.ts'
import { openFolderObjects } from '#objects/folder-objects.ts'
import { sealSlim } from '#objects/slim-mail.ts'
import { commit } from '#seal/commit.ts'
import { settingsSchema } from '#settings/schema.ts'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startFaultyProxy } from '../support/faulty-proxy.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { testKeyring } from '../support/keyring.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'

// A delivery worker with two slots, and somebody in its process who seals.

const keys = { masterKeys: [{ id: 'one', key: randomBytes(32) }], keyring: testKeyring() }
let folder: string
let database: Awaited<ReturnType<typeof freshDatabase>>
let sink: SmtpSink
let nextHop: NextHop
let objects: Awaited<ReturnType<typeof openFolderObjects>>
let worker: DeliveryWorker
/** Statements of the worker's. */
let answered: string[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kuvert-worker-'))
  database = await freshDatabase()
  sink = await startSmtpSink()
  objects = await openFolderObjects(folder)
  const hop = { kind: 'smtp', host: '127.0.0.1', port: sink.port, tls: 'none', timeoutSeconds: 5 }
  const settings = settingsSchema.parse({ organisation: 'O', courier: { atOnce: 2 }, nextHop: hop })
  nextHop = openNextHop(settings.nextHop, folder, 'kuvert.test', () => undefined)
  answered = []
  const query: Database['query'] = async (sql, ...given) => {
    const result = await database.db.query(sql, ...given)
    answered.push(sql)
    return result as never
  }
  const db = { ...database.db, query }
  worker = new DeliveryWorker({ settings, log: pino({ level: 'silent' }), db, objects, nextHop, ...keys })
  await worker.start()
  // The first look into the queue has been taken.
  await expect.poll(() => hasSlots()).toBe(true)
})
afterEach(async () => {
  sink.script = {}
  await worker.close()
  await nextHop.close()
  await database.drop()
  await sink.stop()
  await rm(folder, { recursive: true })
})

function hasSlots(copies = 2): boolean {
  const slots = worker.reserveSlots(copies)
  slots?.release(false)
  return slots !== null
}

/** Seals a mail to these recipients. */
async function seal(
  recipients: string[],
  reserveSlots: ReserveSlots | null = worker.reserveSlots,
  db = database.db,
): Promise<void> {
  const messageKey = newMessageKey()
  const bytes = Buffer.from('Subject: Hej\r\nFrom: Anna <anna@kommun.example>\r\n\r\n')
  const sealing = { key: messageKey, objectKey: randomUUID(), sizeBytes: bytes.length }
  const slim = await sealSlim(
    objects,
    sealing,
    (async function* () {
      yield bytes
    })(),
  )
  await commit(
    { db, ...keys, reserveSlots },
    {
      message: {
        id: randomUUID(),
        sender: 'anna@kommun.example',
        senderName: 'Anna',
        senderAccount: null,
        subject: 'Hej',
        login: 'none',
        max: null,
        private: true,
        receipt: false,
        lang: 'sv',
        expiresAt: new Date(Date.now() + 86_400_000),
        copy: 'notice',
        slimObjectKey: slim.key,
        slimSizeBytes: slim.sizeBytes,
        slimSealed: slim.sealed,
        slimSlots: [],
        envelopeParameters: [],
      },
      mac: null,
      messageKey,
      files: [],
      recipients: recipients.map(address => ({ address, parameters: [], isLocal: true })),
      address: '::1',
    },
  )
}

const arrived = () => sink.mails.flatMap(mail => mail.recipients)

async function states(): Promise<string[]> {
  return (await database.db.query<{ state: string }>('select state from deliveries')).rows.map(row => row.state)
}

test('what is sealed beside a worker goes out while the queue cannot be asked', async () => {
  let unlock = () => undefined as void
  const locked = new Promise<void>(resolve => (unlock = resolve))
  const lock = database.db.transaction(async tx => {
    await tx.query('lock table notices in access exclusive mode')
    await seal(['bertil@kommun.example', 'cecilia@kommun.example'])
    await locked
  })
  await sink.waitForMails(2)
  expect(arrived().toSorted()).toEqual(['bertil@kommun.example', 'cecilia@kommun.example'])
  await expect.poll(states).toEqual(['sent', 'sent'])
  unlock()
  await lock
})

test('what there is no room for is queued, and goes out as well', async () => {
  const many = ['a@x.example', 'b@x.example', 'c@x.example']
  await seal(many)
  await sink.waitForMails(3)
  expect(arrived().toSorted()).toEqual(many)
})

test('reserved slots are nobody else’s, until they are released', async () => {
  const slots = worker.reserveSlots(2)
  expect(hasSlots(1)).toBe(false)
  await seal(['queued@x.example'], null)
  // The worker has looked, and found it, as soon as it says that more is due than it has room for.
  await expect.poll(() => hasSlots(0)).toBe(false)
  expect(arrived()).toEqual([])
  slots!.release(false)
  // What has been waiting comes first.
  expect(hasSlots(1)).toBe(false)
  await sink.waitForMails(1)
  await expect.poll(() => hasSlots()).toBe(true)
})

test('what could not be committed keeps no slot', async () => {
  await database.db.query('alter table files rename to elsewhere')
  await expect(seal(['bertil@kommun.example', 'cecilia@kommun.example'])).rejects.toThrow('files')
  expect(hasSlots()).toBe(true)
})

test('while the next hop is away, what is sealed is queued', async () => {
  sink.script = { answers: { MAIL: '421 4.3.2 not now' } }
  await seal(['bertil@kommun.example'])
  await expect.poll(() => hasSlots(1)).toBe(false)
  await expect.poll(states).toEqual(['queued'])
  sink.script = {}
  await seal(['cecilia@kommun.example'])
  await sink.waitForMails(1, 10)
})

test('a worker that is closed waits for copies that have reserved slots, and reserves none for others', async () => {
  const slots = worker.reserveSlots(1)
  const closing = worker.close(20)
  expect(hasSlots(1)).toBe(false)
  await seal(['bertil@kommun.example'], () => slots)
  await closing
  expect(arrived()).toEqual(['bertil@kommun.example'])
  expect(await states()).toEqual(['sent'])
})

/** Commits through a line that swallows the answer, and is cut when `isSent`. Resolves with what is thrown. */
async function sealWithoutAnswer(recipients: string[], isSent: () => Promise<boolean>): Promise<unknown> {
  const url = new URL(database.url)
  const proxy = await startFaultyProxy(Number(url.port))
  url.port = String(proxy.port)
  const db = openDatabase({ url: url.href, maxConnections: 1, timeoutSeconds: 60 }, () => undefined)
  try {
    await db.check()
    proxy.hang(0, 'toClient')
    const sealing = seal(recipients, worker.reserveSlots, db).catch((error: unknown) => error)
    await expect.poll(isSent).toBe(true)
    proxy.heal()
    return await sealing
  } finally {
    await db.close()
    await proxy.stop()
  }
}

const isAway = expect.objectContaining({ code: 'DATABASE_AWAY' })

test('what was committed although the answer was lost goes out long before its lease ends, once', async () => {
  const isCommitted = async () => (await states()).length === 2
  expect(await sealWithoutAnswer(['bertil@kommun.example', 'cecilia@kommun.example'], isCommitted)).toEqual(isAway)
  await sink.waitForMails(2)
  await expect.poll(states).toEqual(['sent', 'sent'])
  expect(arrived().toSorted()).toEqual(['bertil@kommun.example', 'cecilia@kommun.example'])
})

test('and so does what is committed only after the worker has looked for it', async () => {
  await database.db.transaction(async tx => {
    // The server goes on with a statement whose client has gone.
    await tx.query('lock table audit_entries in share mode')
    const locked = `select 1 from pg_locks where not granted and relation = 'audit_entries'::regclass`
    const isWaiting = async () => (await database.db.query(locked)).rows.length > 0
    expect(await sealWithoutAnswer(['bertil@kommun.example'], isWaiting)).toEqual(isAway)
    await expect
      .poll(() => answered.filter(sql => sql.includes('deliveries set lease = null')).length)
      .toBeGreaterThan(0)
    expect(await isWaiting()).toBe(true)
  })
  await sink.waitForMails(1)
  await expect.poll(states).toEqual(['sent'])
  expect(arrived()).toEqual(['bertil@kommun.example'])
})
