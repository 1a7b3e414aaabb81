import { randomBytes } from 'node:crypto'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { record } from '#database/audit.ts'
import { openDatabase } from '#database/database.ts'
import { insertNotice } from '#database/notices.ts'
import { ageEntries, chainAll } from '../../support/audit-entries.ts'
import { startFaultyProxy } from '../../support/faulty-proxy.ts'
import { freshDatabase } from '../../support/fresh-database.ts'
import { testKeyring } from '../../support/keyring.ts'
import { startTestPortal, type TestPortal } from '../../support/test-portal.ts'

let portal: TestPortal
beforeAll(async () => {
  portal = await startTestPortal()
})
afterAll(() => portal.close())
afterEach(async () => {
  await portal.db.query(`delete from migrations where name = '9999-future.sql'`)
})

const ask = async (method = 'GET') => {
  const answer = await fetch(new URL('/readyz', portal.origin), { method })
  return { status: answer.status, found: method === 'GET' ? ((await answer.json()) as unknown) : await answer.text() }
}
const logged = () =>
  portal
    .log()
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>)
const ready = { ready: true, database: 'ok', objects: 'ok', migrations: 'ok', keys: 'ok', audit: 'ok' }

test('a portal that has what it needs is ready, and says so to HEAD as well', async () => {
  expect(await ask()).toEqual({ status: 200, found: ready })
  expect(await ask('HEAD')).toEqual({ status: 200, found: '' })
})

test('the object storage is away, and comes back', async () => {
  const folder = join(portal.folder, 'objects')
  await rename(folder, `${folder}.away`)
  await writeFile(folder, 'This is no folder.')
  const away = { status: 503, found: { ...ready, ready: false, objects: 'away' } }
  await expect.poll(() => ask()).toEqual(away)
  expect((await ask('HEAD')).status).toBe(503)
  await rm(folder)
  await rename(`${folder}.away`, folder)
  await expect.poll(() => ask()).toEqual({ status: 200, found: ready })
})

test('migrations that are missing are waited for; a newer version leaves this one ready, and is named', async () => {
  const { rows } = await portal.db.query<{ name: string }>(
    `delete from migrations where name like '0001%' returning name`,
  )
  const behind = { status: 503, found: { ...ready, ready: false, migrations: 'behind' } }
  await expect.poll(() => ask()).toEqual(behind)
  await portal.db.query(`insert into migrations (name) values ($1), ('9999-future.sql')`, [rows[0]!.name])
  await expect.poll(() => ask()).toEqual({ status: 200, found: { ...ready, migrations: 'newer' } })
})

test('entries of the audit that wait to be chained for minutes are told, and leave it ready', async () => {
  await chainAll(portal.db)
  await record(portal.db, { action: 'logout' })
  await ageEntries(portal.db, 100)
  await expect.poll(() => ask()).toEqual({ status: 200, found: ready })
  await ageEntries(portal.db, 301)
  await expect.poll(() => ask()).toEqual({ status: 200, found: { ...ready, audit: 'late' } })
  await chainAll(portal.db)
  await expect.poll(() => ask()).toEqual({ status: 200, found: ready })
})

test('a master key that messages need and this node lacks makes it not ready, is named in the log, and once', async () => {
  const message = await portal.message({ login: 'none' })
  await expect.poll(() => ask()).toEqual({ status: 200, found: ready })
  // As another node does that was given a new key first.
  await portal.db.query(`update messages set key_id = '2027' where id = $1`, [message.id])
  const missing = { status: 503, found: { ...ready, ready: false, keys: 'missing' } }
  await expect.poll(() => ask()).toEqual(missing)
  await portal.db.query(`update messages set wrapped_key = null, ended_at = now() where id = $1`, [message.id])
  await expect.poll(() => ask()).toEqual({ status: 200, found: ready })
  const told = logged().filter(({ masterKey }) => masterKey === '2027')
  expect(told).toMatchObject([{ level: 50, messages: 1, drafts: 0 }])
})

test('a link key that messages, links or mails need and this node lacks makes it not ready, until they have ended', async () => {
  const { db } = portal
  // Older than the others, and stays.
  await portal.message({ login: 'none' })
  const message = await portal.message({ login: 'none', recipients: ['anna@kommun.example', 'bertil@kommun.example'] })
  const other = await portal.message({ login: 'none' })
  const missing = { status: 503, found: { ...ready, ready: false, keys: 'missing' } }
  const needsIt = () => expect.poll(() => ask()).toEqual(missing)
  const needsItNoMore = () => expect.poll(() => ask()).toEqual({ status: 200, found: ready })
  await needsItNoMore()
  // As another node does that was given a new key first.
  await db.query(`update messages set link_key_id = 'of-message' where id = $1`, [message.id])
  await needsIt()
  await db.query(`update messages set link_key_id = 'test' where id = $1`, [message.id])
  await needsItNoMore()
  // Those of a message stay with their key, whatever is changed about it later; one ended, the other is needed.
  await db.query(`update links set link_key_id = 'of-links' where message_id in ($1, $2)`, [message.id, other.id])
  await needsIt()
  await db.query(`update messages set wrapped_key = null, ended_at = now() where id = $1`, [other.id])
  await needsIt()
  await db.query(`update messages set wrapped_key = null, ended_at = now() where id = $1`, [message.id])
  await needsItNoMore()
  const to = { sender: '', recipient: 'a@example.net', mail: Buffer.from('x') }
  await insertNotice({ db, keyring: testKeyring([{ id: 'of-mail', key: randomBytes(32) }]) }, to)
  await needsIt()
  await db.query(`update notices set state = 'sent', mail = null, settled_at = now() where link_key_id = 'of-mail'`)
  // What a reminder says is sealed with nothing.
  await db.query(
    `insert into notices (id, sender, recipient, kind, reminds_link)
     select gen_random_uuid(), '', 'a@example.net', 'reminder', id from links limit 1`,
  )
  await needsItNoMore()
  expect(
    logged().flatMap(({ linkKey, level, messages, links, notices }) =>
      linkKey === undefined ? [] : [{ linkKey, level, messages, links, notices }],
    ),
  ).toEqual([
    { linkKey: 'of-message', level: 50, messages: 1, links: 0, notices: 0 },
    { linkKey: 'of-links', level: 50, messages: 0, links: 3, notices: 0 },
    { linkKey: 'of-mail', level: 50, messages: 0, links: 0, notices: 1 },
  ])
})

test('questions after health are not logged at info', async () => {
  for (const path of ['/healthz', '/readyz', '/favicon.ico']) await fetch(new URL(path, portal.origin))
  const levels = logged().flatMap(({ msg, route, level }) => (msg === 'Answered' ? [{ route, level }] : []))
  expect(levels.filter(({ level }) => level === 30)).toEqual([{ route: 'none', level: 30 }])
  expect(levels).toContainEqual({ route: '/healthz', level: 20 })
  expect(levels).toContainEqual({ route: '/readyz', level: 20 })
})

test('a database that hangs is away before its own time is up, however many ask; the process lives', async () => {
  const fresh = await freshDatabase()
  const url = new URL(fresh.url)
  const proxy = await startFaultyProxy(Number(url.port))
  url.port = String(proxy.port)
  const db = openDatabase({ url: url.href, maxConnections: 10, timeoutSeconds: 120 }, () => undefined)
  const lost = await startTestPortal({ db })
  proxy.hang()
  const answers = await Promise.all(Array.from({ length: 40 }, () => fetch(new URL('/readyz', lost.origin))))
  for (const answer of answers) {
    expect(answer.status).toBe(503)
    expect(await answer.json()).toEqual({
      ready: false,
      database: 'away',
      objects: 'ok',
      migrations: 'unknown',
      keys: 'unknown',
      audit: 'unknown',
    })
  }
  expect(proxy.connections()).toBeLessThanOrEqual(2)
  const alive = await fetch(new URL('/healthz', lost.origin))
  expect([alive.status, await alive.text()]).toEqual([200, 'ok\n'])
  await lost.close()
  await proxy.stop()
  await db.close()
  await fresh.drop()
}, 60_000)
