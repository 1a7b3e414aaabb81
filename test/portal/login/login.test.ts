import { randomBytes } from 'node:crypto'
import { rename, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { addressKey } from '#platform/address-key.ts'
import type { Browser } from '../../support/browser.ts'
import { startTestPortal, type TestPortal } from '../../support/test-portal.ts'
import { alter } from '../../support/keyring.ts'

let portal: TestPortal
beforeAll(async () => {
  portal = await startTestPortal({ limits: { failedLogins: 3, failedLoginsPerAddress: 6 } })
})
beforeEach(async () => {
  await portal.db.query('delete from login_failures')
  await portal.db.query('delete from login_places')
})
afterAll(() => portal.close())

const cookie = 'kuvert'

test('a login makes a fresh session: the id that the browser had before is dead', async () => {
  const message = await portal.message({ login: 'recipients' })
  const open = await portal.message({ login: 'none' })
  const browser = portal.browser()
  await browser.download(open.path)
  const before = browser.cookies.get(cookie)!
  await browser.logIn(message.path, 'anna')
  const after = browser.cookies.get(cookie)!
  expect(after).not.toBe(before)

  const thief = portal.browser()
  thief.cookies.set(cookie, before)
  expect(await (await thief.get(message.path)).text()).toContain('name="password"')
  await browser.logIn(message.path, 'anna')
  thief.cookies.set(cookie, after)
  expect(await (await thief.get(message.path)).text()).toContain('name="password"')
})

test('an id that a stranger planted in the browser is never a login', async () => {
  const message = await portal.message({ login: 'recipients' })
  const planted = randomBytes(32).toString('base64url')
  const victim = portal.browser()
  victim.cookies.set(cookie, planted)
  await victim.logIn(message.path, 'anna')
  expect(victim.cookies.get(cookie)).not.toBe(planted)
  const stranger = portal.browser()
  stranger.cookies.set(cookie, planted)
  expect(await (await stranger.get(message.path)).text()).toContain('name="password"')
})

test('a logout ends the session on the server, and its tickets', async () => {
  const message = await portal.message({ login: 'recipients' })
  const browser = portal.browser()
  await browser.logIn(message.path, 'anna')
  const ticket = (await browser.post(`${message.path}/files/0`)).headers.get('location')!
  const kept = browser.cookies.get(cookie)!
  expect((await browser.post(`${message.path}/logout`)).headers.get('location')).toBe(message.path)
  expect(browser.cookies.has(cookie)).toBe(false)
  browser.cookies.set(cookie, kept)
  expect(await (await browser.get(message.path)).text()).toContain('name="password"')
  expect((await browser.get(ticket)).status).toBe(404)
})

test.each([
  ['idle for too long', "last_seen_at = now() - interval '31 minutes'"],
  ['as old as it may get', 'ends_at = now()'],
])('a session that is %s has ended', async (_, change) => {
  const message = await portal.message({ login: 'recipients' })
  const browser = portal.browser()
  await browser.logIn(message.path, 'anna')
  await alter(portal.deps, `update sessions set ${change}`)
  expect(await (await browser.get(message.path)).text()).toContain('name="password"')
})

test('a session that is used does not become idle', async () => {
  const message = await portal.message({ login: 'recipients' })
  const browser = portal.browser()
  await browser.logIn(message.path, 'anna')
  for (let time = 0; time < 2; time += 1) {
    await portal.db.query("update sessions set last_seen_at = last_seen_at - interval '20 minutes'")
    expect(await (await browser.get(message.path)).text()).toContain('rapport.pdf')
  }
})

test('only the hash of a session is stored', async () => {
  const message = await portal.message({ login: 'recipients' })
  const browser = portal.browser()
  await browser.logIn(message.path, 'anna')
  const { rows } = await portal.db.query('select * from sessions')
  const id = browser.cookies.get(cookie)!
  expect(JSON.stringify(rows)).not.toContain(id)
  expect(JSON.stringify(rows)).not.toContain(JSON.stringify(Buffer.from(id, 'base64url')))
})

test.each([
  ['a wrong password', { login: 'anna', password: 'ett-annat-ord' }],
  ['an unknown name', { login: 'nobody', password: 'anna-ord' }],
  ['an empty password', { login: 'anna', password: '' }],
  ['no password', { login: 'anna' }],
  ['no name', { password: 'anna-ord' }],
])('%s is refused with the form, the name kept and the password not', async (_, fields: Record<string, string>) => {
  const message = await portal.message({ login: 'recipients' })
  const browser = portal.browser()
  const response = await browser.post(`${message.path}/login`, fields)
  const page = await response.text()
  expect(response.status).toBe(403)
  expect(browser.cookies.has(cookie)).toBe(false)
  expect(page).toContain('id="login-error"')
  expect(page).toContain('aria-describedby="login-error')
  if (fields['login']) expect(page).toContain(`value="${fields['login']}"`)
  if (fields['password']) expect(page).not.toContain(fields['password'])
})

test('after so many failures an account is not asked about any more, even with the right password', async () => {
  const message = await portal.message({ login: 'recipients' })
  for (let time = 0; time < 3; time += 1)
    expect((await portal.browser().logIn(message.path, 'anna', 'fel')).status).toBe(403)
  const response = await portal.browser().logIn(message.path, ' ANNA ', 'anna-ord')
  expect(response.status).toBe(429)
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await response.text()).toContain('Vänta 15 minuter')
  expect((await portal.browser().logIn(message.path, 'bertil')).status).toBe(303)
  await portal.db.query("update login_failures set failed_at = failed_at - interval '15 minutes'")
  expect((await portal.browser().logIn(message.path, 'anna')).status).toBe(303)
})

test('twenty guesses at the same time are no more than the allowed ones', async () => {
  const message = await portal.message({ login: 'recipients' })
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => portal.browser().logIn(message.path, 'anna', 'fel')),
  )
  expect(answers.filter(answer => answer.status === 403)).toHaveLength(3)
  expect(answers.filter(answer => answer.status === 429)).toHaveLength(17)
})

test('an address that fails for many accounts is throttled, whatever the account', async () => {
  const message = await portal.message({ login: 'recipients' })
  for (let guess = 0; guess < 6; guess += 1)
    expect((await portal.browser().logIn(message.path, `guess${guess}`)).status).toBe(403)
  expect((await portal.browser().logIn(message.path, 'anna')).status).toBe(429)
})

test("a success clears the account's failures, and takes none of the address's", async () => {
  const message = await portal.message({ login: 'recipients' })
  for (let round = 0; round < 2; round += 1) {
    for (let time = 0; time < 2; time += 1) await portal.browser().logIn(message.path, 'anna', 'fel')
    expect((await portal.browser().logIn(message.path, 'anna')).status).toBe(303)
  }
  const { rows } = await portal.db.query('select key, count(*)::int as failures from login_failures group by key')
  expect(rows).toEqual([{ key: 'portal address:127.0.0.1', failures: 4 }])
})

test('a browser that has logged in before is not kept out by strangers, wherever it is now', async () => {
  const other = await startTestPortal({
    portal: { trustProxy: ['127.0.0.0/8', '::1'] },
    limits: { failedLogins: 2 },
  })
  try {
    const { path } = await other.message({ login: 'recipients' })
    const logIn = async (browser: Browser, from: string, password = 'anna-ord') => {
      const headers = { origin: other.origin, 'x-forwarded-for': from }
      return (await browser.post(`${path}/login`, { login: 'anna', password }, headers)).status
    }
    const laptop = other.browser()
    for (const from of ['192.0.2.1', '192.0.2.2']) expect(await logIn(laptop, from)).toBe(303)
    for (const from of ['203.0.113.1', '203.0.113.2']) expect(await logIn(other.browser(), from, 'fel')).toBe(403)
    expect(await logIn(other.browser(), '198.51.100.1')).toBe(429)
    expect(await logIn(laptop, '198.51.100.1')).toBe(303)
    const { rows } = await other.db.query('select * from login_places')
    expect(JSON.stringify(rows), 'only a hash is stored').not.toContain(laptop.cookies.get('kuvert-device'))
  } finally {
    await other.close()
  }
})

test('a directory that is away is "try again", and counts as no failure', async () => {
  // A directory that has never read its file has no last good version of it.
  const other = await startTestPortal()
  const theirs = await other.message({ login: 'recipients' })
  await rename(other.peopleFile, `${other.peopleFile}.away`)
  await writeFile(other.peopleFile, 'people: [')
  for (let time = 0; time < 7; time += 1) {
    const response = await other.browser().logIn(theirs.path, 'anna')
    expect(response.status).toBe(503)
    expect(await response.text()).toContain('Det fungerar inte just nu')
  }
  expect((await other.db.query('select from login_failures')).rowCount).toBe(0)
  await rename(`${other.peopleFile}.away`, other.peopleFile)
  expect((await other.browser().logIn(theirs.path, 'anna')).status).toBe(303)
  await other.close()
})

test('an IPv6 customer is one address, and IPv4 in IPv6 clothes is IPv4', () => {
  expect(addressKey('2001:db8:1:2:3:4:5:6')).toBe(addressKey('2001:db8:1:2:ffff::1'))
  expect(addressKey('2001:db8:1:2::1')).not.toBe(addressKey('2001:db8:1:3::1'))
  expect(addressKey('::ffff:192.0.2.1')).toBe('address:192.0.2.1')
})
