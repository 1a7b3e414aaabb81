import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { verifyAudit } from '#audit/verify-audit.ts'
import { openBrowser } from '#demo/browser.ts'
import { waitForMails } from '#demo/outbox.ts'
import { runUpkeep } from '#upkeep/upkeep.ts'
import { makeCertificates } from '../support/certificates.ts'
import { mailWithAttachment, submit } from '../support/client-mail.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'
import { connectSmtp } from '../support/smtp-client.ts'
import { auditEntries, chainAll } from '../support/audit-entries.ts'

let folder: string
let kuvert: TestKuvert
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kuvert-audit-'))
  const { certificate, key } = await makeCertificates(join(folder, 'certificates'), ['localhost', '127.0.0.1'])
  kuvert = await startTestKuvert({ gateway: { tls: { certificate, key } } })
})
afterAll(async () => {
  await kuvert.close()
  await rm(folder, { recursive: true, force: true })
})

const entries = () => auditEntries(kuvert.deps.db)

test('the whole life of a message is entered: sealed, delivered, shown, fetched, ended, forgotten', async () => {
  await submit(kuvert.smtpPort, mailWithAttachment('[secure open max=1] Rapport'))
  const [copy] = await waitForMails(join(kuvert.folder, 'outbox'), new Set(), 1)
  const browser = openBrowser()
  await browser.get(copy!.link!)
  const asked = await browser.post(`${copy!.link}/files/0`)
  await browser.get(new URL(asked.headers.get('location')!, kuvert.portalUrl).href)
  await expect.poll(async () => (await entries()).map(entry => entry.action)).toContain('download-finished')
  await kuvert.deps.db.query("update messages set expires_at = now() - interval '1 second'")
  await runUpkeep(kuvert.deps)
  const found = await entries()
  const { rows } = await kuvert.deps.db.query<{ id: string }>('select id from messages')
  expect(found.map(({ action, actor }) => [action, actor?.replace(/[\da-f-]{36}/, 'ID')]).toSorted()).toEqual(
    [
      ['message-sealed', found[0]!.actor],
      ['copy-delivered', 'courier'],
      ['page-shown', 'link:ID'],
      ['ticket', 'link:ID'],
      ['download-finished', 'link:ID'],
      ['message-ended', 'upkeep'],
      ['key-forgotten', 'upkeep'],
    ].toSorted(),
  )
  expect(new Set(found.map(entry => entry.messageId))).toEqual(new Set([rows[0]!.id]))
  expect(found[0]).toMatchObject({ address: '127.0.0.1', details: { login: 'none', max: 1, files: 1, recipients: 1 } })
  const broken: string[] = []
  await chainAll(kuvert.deps.db)
  await verifyAudit(kuvert.deps.db, null, (_, sentence) => broken.push(sentence))
  expect(broken).toEqual([])
  const { rows: stored } = await kuvert.deps.db.query<{ entry: string }>(
    'select audit_entries::text as entry from audit_entries',
  )
  const text = stored.map(({ entry }) => entry).join('\n')
  expect(text, 'people are named by ids alone').not.toMatch(/@|anna|bertil|root/i)
})

test('logins over SMTP are entered, and failed ones by names that are names', async () => {
  const { client } = await connectSmtp(kuvert.smtpPort)
  await client.say('EHLO client.test')
  await client.startTls()
  await client.say('EHLO client.test')
  const say = (login: string, password: string) =>
    client.say(`AUTH PLAIN ${Buffer.from(`\0${login}\0${password}`).toString('base64')}`)
  const before = (await entries()).length
  const ours = async () => (await entries()).slice(before)
  await say('mitt-hemliga-ord', 'x')
  await expect.poll(async () => (await ours()).length).toBe(1)
  await say('anna', 'anna-ord')
  await expect.poll(async () => (await ours()).length).toBe(2)
  const again = await connectSmtp(kuvert.smtpPort)
  await again.client.say('EHLO client.test')
  await again.client.startTls()
  await again.client.say('EHLO client.test')
  await again.client.say(`AUTH PLAIN ${Buffer.from('\0anna\0fel-ord').toString('base64')}`)
  await expect.poll(async () => (await ours()).length).toBe(3)
  expect((await ours()).map(({ action, actor, details }) => ({ action, actor, details }))).toEqual([
    { action: 'login-failed', actor: null, details: { by: 'smtp', code: 'LOGIN_WRONG' } },
    { action: 'login', actor: 'account:anna', details: { by: 'smtp', login: 'anna' } },
    { action: 'login-failed', actor: null, details: { by: 'smtp', code: 'LOGIN_WRONG', login: 'anna' } },
  ])
  client.close()
  again.client.close()
  expect(JSON.stringify(kuvert.logged)).not.toContain('mitt-hemliga-ord')
  const told = kuvert.logged.filter(line => line['msg'] === 'a login over SMTP failed')
  expect(told.map(line => line['login'])).toEqual([undefined, 'anna'])
})

test('what was typed as a name is in neither log nor audit, through no door, whatever else goes wrong', async () => {
  const typed = 'Sommar2026!-mitt-ord'
  const atPortal = () =>
    openBrowser().post(`${kuvert.portalUrl}/l/${'x'.repeat(32)}/login`, { login: typed, password: 'x' })
  const overSmtp = async (words: string) => {
    const { client } = await connectSmtp(kuvert.smtpPort)
    await client.say('EHLO client.test')
    await client.startTls()
    await client.say('EHLO client.test')
    for (let time = 0; time < 6; time += 1) await client.say(`AUTH PLAIN ${Buffer.from(words).toString('base64')}`)
    client.close()
  }
  const attempt = async () => {
    await overSmtp(`\0${typed}\0x`)
    await overSmtp(`${typed}\0anna\0x`)
    await overSmtp(`anna\0${typed}\0x`)
    await atPortal()
  }
  await attempt()
  await kuvert.deps.db.query('alter table login_failures rename to login_failures_elsewhere')
  await attempt()
  await kuvert.deps.db.query('alter table login_failures_elsewhere rename to login_failures')
  expect(kuvert.logged.length).toBeGreaterThan(20)
  expect(JSON.stringify(kuvert.logged)).not.toContain(typed)
  const { rows } = await kuvert.deps.db.query('select * from audit_entries, persons')
  expect(JSON.stringify(rows).toLowerCase()).not.toContain(typed.toLowerCase())
})
