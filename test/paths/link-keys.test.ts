import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { simpleParser } from 'mailparser'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, openLoggedIn } from '../support/browser.ts'
import { mailWithAttachment, submit } from '../support/client-mail.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'

const key = (id: string) => ({ id, secret: randomBytes(32).toString('base64') })
const [master, old, fresh] = [key('master'), key('2025'), key('2026')]
const bertil = 'bertil@kommun.example'
let sink: SmtpSink
let database: Awaited<ReturnType<typeof freshDatabase>>
let folder: string
let kuvert: TestKuvert
beforeAll(async () => {
  sink = await startSmtpSink()
  database = await freshDatabase()
  folder = await mkdtemp(join(tmpdir(), 'kuvert-link-keys-'))
})
afterAll(async () => {
  await kuvert.close()
  await database.drop()
  await sink.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Starts with these keys, over the same database and storage. */
async function startWith(link: (typeof master)[], masters = [master]): Promise<void> {
  kuvert = await startTestKuvert({
    database: { kind: 'postgres', url: database.url },
    objects: { kind: 'folder', path: folder },
    keys: { master: masters, link },
    nextHop: { kind: 'smtp', host: '127.0.0.1', port: sink.port, tls: 'none', timeoutSeconds: 10 },
  })
}

/** The path of the link in the mail that came as the number `index`. */
async function linkIn(index: number): Promise<string> {
  const mails = await sink.waitForMails(index + 1)
  return /\/l\/[\w-]+/.exec((await simpleParser(mails[index]!.bytes)).text!)![0]
}

async function open(path: string): Promise<string> {
  const browser = openBrowser(kuvert.portalUrl)
  await browser.logIn(path, 'bertil')
  return (await browser.download(path)).text()
}

test('with a new link key in front, old links open and are sent again as they were, and new ones are made with it', async () => {
  await startWith([old])
  await submit(kuvert.smtpPort, mailWithAttachment('[secure] Från förra året', 'gammal'))
  const link = await linkIn(0)
  const before = await openLoggedIn(kuvert.portalUrl, 'bertil')
  await kuvert.close()

  await startWith([fresh, old])
  expect(await open(link)).toBe('gammal')
  const browser = openBrowser(kuvert.portalUrl)
  for (const [name, value] of before.cookies) browser.cookies.set(name, value)
  expect((await browser.get('/received')).status, 'who was logged in still is').toBe(200)
  const { rows } = await database.db.query<{ id: string; link: string }>(
    'select messages.id, links.id as link from messages join links on message_id = messages.id',
  )
  const anna = await openLoggedIn(kuvert.portalUrl)
  await database.db.query("update deliveries set created_at = now() - interval '1 hour'")
  const again = await anna.post(`/sent/${rows[0]!.id}/resend`, { link: rows[0]!.link })
  expect(again.headers.get('location')).toContain('done=sent-again')
  expect(await linkIn(1)).toBe(link)
  await submit(kuvert.smtpPort, mailWithAttachment('[secure] Från i år', 'ny'))
  expect(await open(await linkIn(2))).toBe('ny')
  await anna.post(`/sent/${rows[0]!.id}/recipients`, { to: 'cecilia@kommun.example' })
  await linkIn(3)
  expect(await open(link)).toBe('gammal')
  const named = await database.db.query('select recipient, link_key_id as key from links order by created_at')
  expect(named.rows).toEqual([
    { recipient: bertil, key: '2025' },
    { recipient: bertil, key: '2026' },
    { recipient: 'cecilia@kommun.example', key: '2026' },
  ])
  await kuvert.close()
})

test('a node that starts without keys that are needed says which, and for how many', async () => {
  const { db } = database
  await db.query(
    `insert into drafts (id, account_id, key_id, wrapped_key) values (gen_random_uuid(), 'anna', $1, '')`,
    [master.id],
  )
  await startWith([fresh], [key('another')])
  const told = kuvert.logged.filter(({ masterKey, linkKey }) => masterKey !== undefined || linkKey !== undefined)
  expect(told).toMatchObject([
    { level: 50, masterKey: 'master', messages: 2, drafts: 1 },
    { level: 50, linkKey: '2025', messages: 1, links: 1, notices: 0 },
  ])
  await kuvert.close()
})

test('without the old key its links open nothing, and copies wait for it', async () => {
  await startWith([fresh])
  const [first, second] = [await linkIn(0), await linkIn(2)]
  const answer = await openBrowser(kuvert.portalUrl).get(first)
  expect(answer.status).toBe(500)
  expect(
    kuvert.logged.filter(line => JSON.stringify(line).includes('The link key \\"2025\\" is not configured')),
  ).not.toEqual([])
  expect(await open(second)).toBe('ny')
  await database.db.query(
    "insert into deliveries (id, link_id) select gen_random_uuid(), id from links where link_key_id = '2025'",
  )
  await database.db.query('notify kuvert_deliveries')
  const waiting = `select reason, last_reply as reply from deliveries where state = 'queued' and last_reply is not null`
  await expect
    .poll(async () => (await database.db.query(waiting)).rows)
    .toEqual([{ reason: 'key-missing', reply: expect.stringContaining('"2025"') }])
})
