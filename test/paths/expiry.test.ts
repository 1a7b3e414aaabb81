import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isChoreDue } from '#database/chores.ts'
import { insertNotice } from '#database/notices.ts'
import { Failure } from '#failure.ts'
import type { Objects } from '#objects/objects.ts'
import { settingsSchema } from '#settings/schema.ts'
import { runUpkeep } from '#upkeep/upkeep.ts'
import type { TestMessage } from '../support/test-message.ts'
import { startTestPortal, type TestPortal } from '../support/test-portal.ts'
import { alter } from '../support/keyring.ts'
import { auditEntries } from '../support/audit-entries.ts'

const settings = settingsSchema.parse({})
const hourMs = 3_600_000
let portal: TestPortal
beforeAll(async () => {
  portal = await startTestPortal()
})
afterAll(() => portal.close())

const round = (objects: Objects = portal.objects, now = new Date(), upkeep = settings.upkeep) =>
  runUpkeep({ ...portal.deps, objects, settings: { ...settings, upkeep } }, now)

async function objectKeys(): Promise<Set<string>> {
  const keys = new Set<string>()
  for await (const { key } of portal.objects.list()) keys.add(key)
  return keys
}

const keysOf = (message: TestMessage) => message.files.flatMap(file => file.objects.map(object => object.key))

async function expiredMessage(count = 2): Promise<TestMessage> {
  const content = Buffer.from('innehåll')
  const files = Array.from({ length: count }, (_, index) => ({ name: `${index}.txt`, content }))
  const message = await portal.message({ login: 'none', files })
  await alter(portal.deps, "update messages set expires_at = now() - interval '1 second' where id = $1", [message.id])
  return message
}

test('an expired message loses its objects in the round that ends it, without the storage being listed', async () => {
  await round()
  const message = await expiredMessage()
  const unlisted: Objects = {
    ...portal.objects,
    list: () => {
      throw new Error('The storage was listed.')
    },
  }
  await round(unlisted)
  const left = await objectKeys()
  expect(keysOf(message).filter(key => left.has(key))).toEqual([])
})

test('a round that is broken off while it removes is taken up by the next one', async () => {
  const message = await expiredMessage(3)
  let removed = 0
  const failing: Objects = {
    ...portal.objects,
    check: () => Promise.reject(new Failure('OBJECTS_AWAY')),
    remove: async key => {
      removed += 1
      if (removed > 2) throw new Failure('OBJECTS_AWAY')
      await portal.objects.remove(key)
    },
  }
  await expect(round(failing)).rejects.toThrow(Failure)
  const found = await objectKeys()
  expect(keysOf(message).filter(key => found.has(key))).not.toEqual([])
  await round()
  const left = await objectKeys()
  expect(keysOf(message).filter(key => left.has(key))).toEqual([])
  await round({ ...portal.objects, remove: () => Promise.reject(new Error('Something was removed twice.')) })
})

test('an object that cannot be removed keeps no other, and is tried again in the next round', async () => {
  const stuck = await expiredMessage()
  await alter(portal.deps, "update messages set expires_at = now() - interval '1 hour' where id = $1", [stuck.id])
  const other = await expiredMessage()
  const [key] = keysOf(stuck)
  const names = await readdir(join(portal.folder, 'objects'), { recursive: true })
  const file = join(
    portal.folder,
    'objects',
    names.find(name => name.endsWith(key!))!,
  )
  await rename(file, join(portal.folder, 'away'))
  // No file: what removes files does not remove it.
  await mkdir(file)
  await round()
  const found = await objectKeys()
  expect([...keysOf(stuck), ...keysOf(other)].filter(each => found.has(each))).toEqual([key])
  expect(portal.log()).toContain('an object could not be removed')
  await rmdir(file)
  await rename(join(portal.folder, 'away'), file)
  await round()
  expect(await objectKeys()).not.toContain(key)
})

test('a step that fails keeps no other from being done', async () => {
  const message = await expiredMessage()
  await portal.db.query('alter table codes rename to codes_away')
  await expect(round()).rejects.toThrow('codes')
  await portal.db.query('alter table codes_away rename to codes')
  const found = await objectKeys()
  expect(keysOf(message).filter(key => found.has(key))).toEqual([])
})

test('the storage is listed once a day, and again where that was broken off', async () => {
  const day = new Date(Date.now() + 48 * hourMs)
  const orphan = async () => {
    const key = randomUUID()
    await portal.objects.put(key, 3, Readable.from([Buffer.from('abc')]))
    return key
  }
  const first = await orphan()
  const broken: Objects = {
    ...portal.objects,
    list: async function* () {
      yield* []
      throw new Failure('OBJECTS_AWAY')
    },
  }
  await expect(round(broken, day)).rejects.toThrow(Failure)
  await round(portal.objects, day)
  expect(await objectKeys()).not.toContain(first)
  const second = await orphan()
  await round(portal.objects, new Date(day.getTime() + 23 * hourMs))
  expect(await objectKeys()).toContain(second)
  await round(portal.objects, new Date(day.getTime() + 25 * hourMs))
  expect(await objectKeys()).not.toContain(second)
  expect(await isChoreDue(portal.db, 'sweep', 24, new Date(day.getTime() + 26 * hourMs))).toBe(false)
})

test('a sweep leaves alone what is being uploaded to a draft, however long that takes', async () => {
  const [draft, upload, key] = [randomUUID(), randomUUID(), randomUUID()]
  await portal.objects.put(key, 3, Readable.from([Buffer.from('abc')]))
  await portal.db.query("insert into drafts (id, account_id, key_id, wrapped_key) values ($1, 'anna', 'k', '')", [
    draft,
  ])
  await portal.db.query(
    `with upload as (
       insert into uploads (id, draft_id, sealed_name, media_type, size_bytes, received_bytes) values ($1, $2, '', 'text/plain', 6, 4))
     insert into objects (key, upload_id, position, size_bytes) values ('other', $1, 1, 1), ($3, $1, 2, 3)`,
    [upload, draft, key],
  )
  const later = new Date(Date.now() + 1000 * hourMs)
  await round(portal.objects, later)
  expect(await objectKeys()).toContain(key)
  await portal.db.query('delete from drafts where id = $1', [draft])
  await round(portal.objects, new Date(later.getTime() + 25 * hourMs))
  expect(await objectKeys()).not.toContain(key)
})

test('what names people is forgotten so many days after a message ended, and the audit stays', async () => {
  const [old, recent, live] = [await expiredMessage(), await expiredMessage(), await portal.message({ login: 'none' })]
  await (await portal.browser().download(live.path)).text()
  await round()
  await insertNotice(portal.deps, { sender: '', recipient: 'anna@kommun.example', mail: Buffer.from('x') })
  await portal.db.query("update notices set state = 'sent', mail = null, settled_at = now() - interval '91 days'")
  await portal.db.query("update messages set ended_at = now() - interval '91 days' where id = $1", [old.id])
  await portal.db.query("update messages set ended_at = now() - interval '89 days' where id = $1", [recent.id])
  const before = await auditEntries(portal.db)
  await round(portal.objects, new Date(), { ...settings.upkeep, forgetAfterDays: null })
  expect(await rowsOf(old)).toEqual({ messages: 1, files: 2, links: 1 })
  await round()
  expect(await rowsOf(old)).toEqual({ messages: 0, files: 0, links: 0 })
  expect(await rowsOf(recent)).toEqual({ messages: 1, files: 2, links: 1 })
  expect(await rowsOf(live)).toEqual({ messages: 1, files: 1, links: 1 })
  expect((await portal.db.query('select 1 from notices')).rows).toEqual([])
  expect((await auditEntries(portal.db)).slice(0, before.length)).toEqual(before)
  const pages = await Promise.all([old, recent].map(({ path }) => portal.browser().get(path)))
  expect(pages.map(page => page.status)).toEqual([404, 410])
})

test('a message is not forgotten before its objects are removed', async () => {
  const message = await expiredMessage()
  await round({ ...portal.objects, remove: () => Promise.reject(new Failure('OBJECTS_AWAY')) }).catch(() => undefined)
  await portal.db.query("update messages set ended_at = now() - interval '91 days' where id = $1", [message.id])
  await round({ ...portal.objects, remove: () => Promise.reject(new Failure('OBJECTS_AWAY')) }).catch(() => undefined)
  expect(await rowsOf(message)).toMatchObject({ messages: 1 })
  await round()
  const left = await objectKeys()
  expect(keysOf(message).filter(key => left.has(key))).toEqual([])
})

test('two nodes that do a round at the same time end each message once', async () => {
  const messages = await Promise.all(Array.from({ length: 12 }, () => expiredMessage(1)))
  await Promise.all([round(), round(), round()])
  const ended = (await auditEntries(portal.db)).filter(entry => entry.action === 'message-ended')
  const counts = messages.map(({ id }) => ended.filter(entry => entry.messageId === id).length)
  expect(counts).toEqual(messages.map(() => 1))
})

async function rowsOf({ id }: TestMessage): Promise<Record<string, number>> {
  const { rows } = await portal.db.query<Record<string, number>>(
    `select (select count(*)::integer from messages where id = $1) as messages,
       (select count(*)::integer from files where message_id = $1) as files,
       (select count(*)::integer from links where message_id = $1) as links`,
    [id],
  )
  return rows[0]!
}
