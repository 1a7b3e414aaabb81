import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { verifyAudit } from '#audit/verify-audit.ts'
import { auditEntries, chainAll, type NamedEntry } from '../../support/audit-entries.ts'
import { startTestPortal, type TestPortal } from '../../support/test-portal.ts'

let portal: TestPortal
beforeAll(async () => {
  portal = await startTestPortal({ limits: { failedLogins: 2 } })
})
let before = 0
beforeEach(async () => {
  await portal.db.query('delete from login_failures')
  const { rows } = await portal.db.query<{ last: number }>(
    'select coalesce(max(id), 0)::int as last from audit_entries',
  )
  before = rows[0]!.last
})
afterAll(async () => {
  const broken: string[] = []
  await chainAll(portal.db)
  await verifyAudit(portal.db, null, (_, sentence) => broken.push(sentence))
  expect(broken).toEqual([])
  await portal.close()
})

/** What this test has caused, without what differs each time. */
async function entered(): Promise<Partial<NamedEntry>[]> {
  const entries = await auditEntries(portal.db, before)
  return entries.map(({ action, actor, messageId, fileId, address, details }) => {
    return { action, actor, messageId, fileId, address, details }
  })
}

/** A finished download is entered after its answer. */
async function until(action: string): Promise<void> {
  await expect.poll(async () => (await entered()).map(entry => entry.action)).toContain(action)
}

test('login, page, ticket, download and logout are entered: who, what and where from', async () => {
  const message = await portal.message({ login: 'recipients', recipients: ['socialtjansten@kommun.example'] })
  const browser = portal.browser()
  await browser.get(message.path)
  await browser.logIn(message.path, ' Bertil ', 'bertil-ord')
  await browser.get(message.path)
  await browser.download(message.path)
  await until('download-finished')
  await browser.post(`${message.path}/logout`)
  await browser.post(`${message.path}/logout`)
  const [link] = message.links
  const about = { actor: 'account:bertil', messageId: message.id, fileId: null, address: '127.0.0.1' }
  const ofTicket = { ...about, fileId: message.files[0]!.id, details: { link: link!.id, person: `link:${link!.id}` } }
  expect(await entered()).toEqual([
    { ...about, action: 'login', details: { link: link!.id, login: 'bertil' } },
    { ...about, action: 'page-shown', details: { link: link!.id, person: `link:${link!.id}` } },
    { ...ofTicket, action: 'ticket' },
    { ...ofTicket, action: 'download-finished' },
    { ...about, action: 'logout', details: { link: link!.id } },
  ])
})

test('without a login, it is the holder of the link', async () => {
  const message = await portal.message({
    login: 'none',
    files: [{ name: 'b', content: Buffer.from('x'), kind: 'body' }],
  })
  const browser = portal.browser()
  await browser.get(message.path)
  await browser.post(`${message.path}/text`)
  await browser.get(`${message.path}/text`)
  const actor = `link:${message.links[0]!.id}`
  expect(await entered()).toMatchObject(
    ['page-shown', 'ticket', 'text-shown'].map(action => ({ action, actor, messageId: message.id })),
  )
})

test('every refusal is entered with its code, and what it was about', async () => {
  const message = await portal.message({ login: 'recipients' })
  const open = await portal.message({ login: 'none', max: 1 })
  const ended = await portal.message({ login: 'none', expiresAt: new Date(Date.now() - 1000) })
  const cecilia = portal.browser()
  await cecilia.logIn(message.path, 'cecilia')
  await cecilia.get(message.path)
  await portal.browser().download(open.path)
  await until('download-finished')
  const stranger = portal.browser()
  await stranger.post(`${open.path}/files/0`)
  await stranger.get(ended.path)
  await stranger.get('/l/unknown')
  await stranger.get('/d/unknown')
  await stranger.post(`${open.path}/files/0`, {}, { origin: 'https://evil.example' })
  const refused = (await entered()).filter(entry => entry.action === 'refused')
  const holder = (of: typeof open) => ({ actor: `link:${of.links[0]!.id}`, messageId: of.id })
  const nobody = { actor: null, messageId: null, details: {} }
  expect(refused).toMatchObject([
    { actor: 'account:cecilia', messageId: message.id, details: { code: 'NOT_A_RECIPIENT' } },
    { ...holder(open), details: { code: 'USED_UP' } },
    { ...holder(ended), details: { code: 'LINK_EXPIRED' } },
    { ...nobody, details: { code: 'LINK_UNKNOWN' } },
    { ...nobody, details: { code: 'TICKET_INVALID' } },
    { ...holder(open), details: { code: 'CROSS_SITE' } },
  ])
})

test('the ticket of somebody else is entered with whose message it was for', async () => {
  const message = await portal.message({ login: 'none' })
  const ticket = (await portal.browser().post(`${message.path}/files/0`)).headers.get('location')!
  await portal.browser().get(ticket)
  const refused = (await entered()).at(-1)
  expect(refused).toMatchObject({ action: 'refused', messageId: message.id, fileId: message.files[0]!.id })
})

test('a failed login names whom it was for only where it is a name, since people type passwords there', async () => {
  const message = await portal.message({ login: 'recipients' })
  await portal.browser().logIn(message.path, 'anna')
  await portal.browser().logIn(message.path, 'ANNA', 'fel-ord')
  await portal.browser().logIn(message.path, 'mitt-hemliga-ord', 'anna')
  await portal.browser().logIn(message.path, 'anna', 'fel-ord')
  await portal.browser().logIn(message.path, 'anna', 'fel-ord')
  await portal.browser().post(`${message.path}/login`, { login: 'a\0b', password: 'x' })
  const link = message.links[0]!.id
  const failed = (await entered()).filter(entry => entry.action === 'login-failed')
  expect(failed.map(entry => entry.details)).toEqual([
    { link, code: 'LOGIN_WRONG', login: 'anna' },
    { link, code: 'LOGIN_WRONG' },
    { link, code: 'LOGIN_WRONG', login: 'anna' },
    { link, code: 'LOGIN_THROTTLED', login: 'anna' },
    { link, code: 'LOGIN_WRONG' },
  ])
  expect(JSON.stringify(await entered())).not.toMatch(/hemliga|-ord/)
})

test('what cannot be entered does not happen', async () => {
  const message = await portal.message({ login: 'recipients', max: 1 })
  const browser = portal.browser()
  await browser.logIn(message.path, 'anna')
  const sessions = async () => (await portal.db.query('select from sessions')).rowCount
  const had = await sessions()
  await portal.db.query('alter table audit_entries rename to audit_elsewhere')
  try {
    const page = await browser.get(message.path)
    expect([page.status, (await page.text()).includes('rapport.pdf')]).toEqual([500, false])
    expect((await browser.post(`${message.path}/files/0`)).status).toBe(500)
    expect((await portal.browser().logIn(message.path, 'cecilia')).status).toBe(500)
    // A refusal gives nothing away.
    expect((await portal.browser().get('/l/unknown')).status).toBe(404)
  } finally {
    await portal.db.query('alter table audit_elsewhere rename to audit_entries')
  }
  expect(await sessions()).toBe(had)
  expect((await portal.db.query('select from downloads where person_link = $1', [message.links[0]!.id])).rowCount).toBe(
    0,
  )
  expect(portal.log()).toContain('A refusal was not recorded')
  expect((await browser.download(message.path)).status).toBe(200)
})

test('whoever asks again and again for what is refused fills the audit no further, and is counted', async () => {
  const other = await startTestPortal()
  for (let round = 0; round < 20; round += 1) {
    await Promise.all(Array.from({ length: 10 }, (_, index) => other.browser().get(`/l/unknown-${round}-${index}`)))
  }
  const entries = await auditEntries(other.db)
  expect(entries).toHaveLength(120)
  await other.close()
})

test('many addresses fill the audit no further than one, or, of different networks, than all together', async () => {
  const other = await startTestPortal({ portal: { trustProxy: ['127.0.0.0/8', '::1'] } })
  const ask = (path: string, from: string) => other.browser().get(path, { 'x-forwarded-for': from })
  const counted = async (code: string) =>
    (await other.db.query("select from audit_entries where details ->> 'code' = $1", [code])).rowCount
  for (let round = 0; round < 13; round += 1)
    await Promise.all(Array.from({ length: 10 }, (_, host) => ask('/l/unknown', `2001:db8::${round}${host}`)))
  expect(await counted('LINK_UNKNOWN')).toBe(120)
  for (let net = 0; net < 50; net += 1)
    await Promise.all(Array.from({ length: 10 }, (_, host) => ask('/l/unknown', `2001:db8:${net}${host}::1`)))
  expect(await counted('LINK_UNKNOWN')).toBe(600)
  await ask('/d/unknown', '2001:db8::1')
  expect(await counted('TICKET_INVALID'), 'each kind by itself').toBe(1)
  await other.close()
})

test('no token, ticket, session or password is ever entered', async () => {
  const message = await portal.message({ login: 'recipients' })
  const { token } = message.links[0]!
  const browser = portal.browser()
  await browser.logIn(message.path, token, token)
  await browser.logIn(message.path, 'anna')
  const asked = await browser.post(`${message.path}/files/0`)
  const ticket = asked.headers.get('location')!.slice(3)
  await browser.get(`/d/${ticket}`)
  await browser.get(`/d/${token}`)
  await browser.get(`/l/${token}x`)
  await until('download-finished')
  const { rows } = await portal.db.query('select * from audit_entries, persons')
  const text = JSON.stringify(rows)
  expect(text).toContain(message.id)
  for (const secret of [token, ticket, browser.cookies.get('kuvert')!, 'anna-ord', 'filens bytes']) {
    expect(text).not.toContain(secret)
  }
})
