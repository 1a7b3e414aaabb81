import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newMessageKey } from '#crypto/message-key.ts'
import { findCopyRows } from '#database/copies.ts'
import { claimDeliveries, newLease } from '#database/deliveries.ts'
import { findFiles, openFiles } from '#database/files.ts'
import { findLinksOfMessage } from '#database/links.ts'
import { findMessage } from '#database/messages.ts'
import type { FreshCopy, ReserveSlots } from '#seal/local-dispatch.ts'
import type { StoredFile } from '#model.ts'
import { commit } from '#seal/commit.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { testKeyring } from '../support/keyring.ts'

let database: Awaited<ReturnType<typeof freshDatabase>>
beforeAll(async () => void (database = await freshDatabase()))
afterAll(() => database.drop())

const message = {
  id: randomUUID(),
  sender: 'anna@kommun.example',
  senderName: 'Anna',
  senderAccount: null,
  subject: 'Underlag',
  login: 'none',
  max: null,
  private: false,
  receipt: false,
  lang: 'sv',
  expiresAt: new Date(Date.now() + 86_400_000),
  copy: 'notice',
  slimObjectKey: 'slim',
  slimSizeBytes: 10,
  slimSealed: null,
  slimSlots: [],
  envelopeParameters: [],
} as const

const keyring = testKeyring()

const parts = () => ({
  db: database.db,
  masterKeys: [{ id: 'one', key: randomBytes(32) }],
  keyring,
  reserveSlots: null as ReserveSlots | null,
})

/** Commits a message of its own to these recipients; returns for how many of them it is this one. */
async function commitTo(addresses: string[], mac: string | null, senderAccount: string | null = null): Promise<number> {
  const recipients = addresses.map(address => ({ address, parameters: [], isLocal: true }))
  const own = { ...message, id: randomUUID(), senderAccount, envelopeParameters: [], slimSlots: [] }
  const sealed = { message: own, mac, messageKey: newMessageKey(), files: [], recipients, address: '::1' }
  return (await commit(parts(), sealed)).recipients
}

/** What arrays of PostgreSQL, JSON and SQL have signs of their own for. */
const strange = [`a "b", {c} \\d`, "e'f;--", '{}', 'NULL', ' ', 'åäö 🗝']

function fileNamed(name: string, position: number): StoredFile {
  const id = randomUUID()
  const objects = [2 ** 40, 7].map((sizeBytes, index) => ({ key: `k/${id}-${index}_x`, sizeBytes }))
  const about = { kind: 'attachment', mediaType: 'text/plain', stillEncoded: position % 2 === 1 } as const
  const digest = { sha256: randomBytes(32).toString('hex'), crc32: position }
  return { id, position, name, ...about, sizeBytes: 2 ** 40 + 7, ...digest, objects }
}

test('files and recipients are written as they are, however many and whatever they are called, and found so for a copy', async () => {
  const files = [...strange, ...Array.from({ length: 994 }, (_, index) => `${index}.txt`)].map(fileNamed)
  const recipients = [...strange, ...Array.from({ length: 494 }, (_, index) => `${index}@kommun.example`)].map(
    (address, index) => ({ address, parameters: strange.slice(0, index % 7), isLocal: index % 2 === 0 }),
  )
  const sealed = {
    message: { ...message, slimSealed: Buffer.from('sealed'), envelopeParameters: [], slimSlots: [] },
    mac: null,
    messageKey: newMessageKey(),
    files,
    recipients,
    address: '::1',
  }
  await commit(parts(), sealed)
  expect(openFiles(sealed.messageKey, await findFiles(database.db, message.id))).toEqual(files)
  const links = await findLinksOfMessage({ db: database.db, keyring }, message.id)
  const found = links.map(({ recipient, recipientParameters, isLocal }) => ({
    address: recipient,
    parameters: recipientParameters,
    isLocal,
  }))
  const byAddress = (one: { address: string }, other: { address: string }) => (one.address < other.address ? -1 : 1)
  expect(found.toSorted(byAddress)).toEqual(recipients.toSorted(byAddress))
  const [link] = links
  const slim = { key: 'slim', sizeBytes: 10, sealed: Buffer.from('sealed') }
  const written = await findMessage({ db: database.db, keyring }, message.id)
  const copy = (await findCopyRows(database.db, link!.id))!
  expect({ ...copy, files: openFiles(sealed.messageKey, copy.files) }).toEqual({ link, message: written, files, slim })
})

test('an object that is another file’s is refused, and nothing is written', async () => {
  const recipients = [{ address: 'a@kommun.example', parameters: [], isLocal: true }]
  const first = fileNamed('first.txt', 0)
  const send = (files: StoredFile[]) => {
    const own = { ...message, id: randomUUID(), envelopeParameters: [], slimSlots: [] }
    return commit(parts(), { message: own, mac: null, messageKey: newMessageKey(), files, recipients, address: '::1' })
  }
  const { messageId } = await send([first])
  const second = { ...fileNamed('second.txt', 0), objects: first.objects }
  await expect(send([second])).rejects.toMatchObject({ constraint: 'objects_of_one' })
  expect((await database.db.query('select 1 from files where id = $1', [second.id])).rows).toEqual([])
  const [found] = await findFiles(database.db, messageId)
  expect(found!.objects).toEqual(first.objects)
})

test('what a courier is handed is what it would find', async () => {
  const recipients = strange.map((address, index) => ({ address, parameters: strange.slice(index), isLocal: true }))
  const fresh: FreshCopy[] = []
  const lease = { id: randomUUID(), seconds: 60 }
  const slots = { lease, deliver: (copies: FreshCopy[]) => void fresh.push(...copies), release: () => undefined }
  const own = {
    ...message,
    id: randomUUID(),
    envelopeParameters: strange,
    slimSlots: [],
    slimSealed: Buffer.from('sealed'),
  }
  const messageKey = newMessageKey()
  const sealed = { message: own, mac: 'handed', messageKey, files: strange.map(fileNamed), recipients, address: '::1' }
  await commit({ ...parts(), reserveSlots: () => slots }, sealed)
  expect(fresh).toHaveLength(strange.length)
  for (const { delivery, rows, messageKey: key } of fresh) {
    const sealedRows = (await findCopyRows(database.db, rows.link.id))!
    const found = { ...sealedRows, files: openFiles(messageKey, sealedRows.files) }
    expect({ ...rows, message: { ...rows.message, createdAt: found.message.createdAt } }).toEqual(found)
    expect(key).toEqual(messageKey)
    const columns = `link_id as "linkId", attempts, lease, leased_until > now() as "isHeld"`
    const { rows: held } = await database.db.query(`select ${columns} from deliveries where id = $1`, [delivery.id])
    expect(held).toEqual([
      { linkId: delivery.linkId, attempts: delivery.attempts, lease: delivery.lease, isHeld: true },
    ])
  }
  expect(await claimDeliveries(database.db, { limit: 1, retries: 1, lease: newLease(60) })).not.toContainEqual(
    expect.objectContaining({ linkId: fresh[0]!.rows.link.id }),
  )
})

test('the same mail is written once for each recipient; with a login of somebody or without, it is another', async () => {
  expect(await commitTo(['a@x', 'b@x'], 'one')).toBe(2)
  expect(await commitTo(['b@x', 'c@x', 'a@x'], 'one')).toBe(1)
  expect(await commitTo(['c@x', 'a@x'], 'one')).toBe(0)
  expect(await commitTo(['a@x', 'b@x'], 'one', 'anna')).toBe(2)
  expect(await commitTo(['a@x'], 'one', 'bertil')).toBe(1)
  expect(await commitTo(['a@x'], 'other')).toBe(1)
  expect(await commitTo(['a@x'], null)).toBe(1)
})

test('of many that commit the same mail at the same moment, each recipient has it of one', async () => {
  const names = Array.from({ length: 400 }, (_, index) => `${index}@y`)
  // Connections are made beforehand, so that they begin together.
  await Promise.all(Array.from({ length: 10 }, () => database.db.query('select pg_sleep(0.2)')))
  for (const mac of ['1', '2', '3', '4', '5', '6']) {
    const written = await Promise.all(
      Array.from({ length: 10 }, (_, turn) => {
        const some = names.filter((_name, index) => index % 7 !== turn)
        return commitTo(turn % 2 === 0 ? some : some.toReversed(), `at once ${mac}`)
      }),
    )
    expect(written.reduce((sum, count) => sum + count)).toBe(names.length)
  }
})
