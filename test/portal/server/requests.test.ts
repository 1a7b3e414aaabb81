import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '#database/database.ts'
import { freePort } from '#platform/free-port.ts'
import { sendRaw, statusOf } from '../raw-request.ts'
import { startTestPortal, type TestPortal } from '../../support/test-portal.ts'

let portal: TestPortal
beforeAll(async () => {
  portal = await startTestPortal()
})
afterAll(() => portal.close())

describe('a form is taken from a page of ours only', () => {
  const cases: [string, Record<string, string>, 'taken' | 'refused'][] = [
    ['our origin', { origin: 'OURS' }, 'taken'],
    ['same-origin, as browsers say with no-referrer', { origin: 'null', 'sec-fetch-site': 'same-origin' }, 'taken'],
    ['no word of where from', {}, 'refused'],
    ['another origin', { origin: 'https://evil.example' }, 'refused'],
    ['an opaque origin', { origin: 'null' }, 'refused'],
    ['another port of this host', { origin: 'http://localhost:1' }, 'refused'],
    ['a sister site', { origin: 'OURS', 'sec-fetch-site': 'same-site' }, 'refused'],
    ['another site', { 'sec-fetch-site': 'cross-site' }, 'refused'],
    ['two words that disagree', { origin: 'http://evil.example', 'sec-fetch-site': 'same-origin' }, 'refused'],
  ]
  test.each(cases)('%s', async (_, headers, outcome) => {
    const message = await portal.message({
      login: 'none',
      max: 1,
      files: [{ name: 'b', content: Buffer.from('x'), kind: 'body' }],
    })
    const sent = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace('OURS', portal.origin)]),
    )
    for (const [path, taken] of [
      ['/login', 403],
      ['/logout', 303],
      ['/text', 303],
      ['/files/0', 403],
    ] as const) {
      const response = await rawPost(`${message.path}${path}`, sent)
      if (outcome === 'taken') expect(response.status).toBe(taken)
      else expect([response.status, (await response.text()).includes('inte från en sida')]).toEqual([403, true])
    }
  })
})

test.each([
  ['our name', 'OURS', [], 303],
  ['our name in capitals', 'OURS IN CAPITALS', [], 303],
  ['a name of somebody else that has been given our address', 'evil.example', [], 403],
  ['our name without its port', 'localhost', [], 303],
  ['no name at all', '', [], 403],
  ['whatever name a proxy in front uses', 'portal.internal', ['127.0.0.0/8'], 303],
])('a form is taken at %s', async (_, name, trustProxy, status) => {
  const other = await startTestPortal({ portal: { trustProxy } })
  const ours = new URL(other.origin).host
  const host = name.replace('OURS IN CAPITALS', ours.toUpperCase()).replace('OURS', ours)
  const head = `POST /logout HTTP/1.1\r\nHost: ${host}\r\nOrigin: null\r\nSec-Fetch-Site: same-origin\r\n`
  expect(statusOf(await sendRaw(other.origin, `${head}Content-Length: 0\r\nConnection: close\r\n\r\n`))).toBe(status)
  await other.close()
})

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['192.0.2.7:4711', '192.0.2.7'],
  ['"192.0.2.7"', '192.0.2.7'],
  ['[2001:db8::7]', '2001:db8::7'],
  ['[2001:DB8:0::7]:4711', '2001:db8::7'],
  ['"[2001:db8::7]:4711"', '2001:db8::7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['unknown', 'unknown'],
  ['_hidden', 'unknown'],
  ['no address at all', 'unknown'],
  ['198.51.100.1, 192.0.2.7:4711, 127.0.0.1:80', '192.0.2.7'],
])('behind a proxy that writes X-Forwarded-For: %s, the client is %s', async (forwarded, client) => {
  const other = await startTestPortal({ portal: { trustProxy: ['127.0.0.0/8', '::1'] } })
  const { path } = await other.message({ login: 'recipients', recipients: ['olle@utanfor.example'] })
  const headers = { origin: other.origin, 'x-forwarded-for': forwarded }
  const fields = { login: 'anna', password: 'anna-ord' }
  expect((await other.browser().post(`${path}/login`, fields, headers)).status).toBe(303)
  expect((await other.browser().post(`${path}/code`, {}, headers)).status).toBe(303)
  const { rows } = await other.db.query('select distinct address from audit_entries')
  expect(rows).toEqual([{ address: client }])
  await other.close()
})

test('everything is sent with headers that let a page do nothing', async () => {
  const message = await portal.message({ login: 'none' })
  const strict = {
    'content-security-policy':
      "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  }
  const own = await portal.browser().get(message.path)
  const policy = `${strict['content-security-policy']}; script-src 'self'; connect-src 'self'`
  expect(Object.fromEntries(own.headers)).toMatchObject({ ...strict, 'content-security-policy': policy })
  for (const path of ['/', '/l/unknown', '/d/unknown', '/nothing', '/healthz']) {
    const response = await portal.browser().get(path)
    expect(Object.fromEntries(response.headers)).toMatchObject({ ...strict, 'cache-control': 'no-store' })
    expect(response.headers.has('strict-transport-security')).toBe(false)
  }
  const style = await portal
    .browser()
    .get(/\/assets\/portal\.css\?\w+/.exec(await (await portal.browser().get('/')).text())![0])
  expect(Object.fromEntries(style.headers)).toMatchObject(strict)
  expect(style.headers.get('cache-control')).toContain('immutable')
})

test('behind https there is HSTS, no referrer at all, and a cookie that other hosts and scripts cannot touch', async () => {
  const secure = await startTestPortal({ portal: { url: 'https://kuvert.example' } })
  const message = await secure.message({ login: 'none' })
  const response = await secure.browser().post(`${message.path}/files/0`, {}, { origin: 'https://kuvert.example' })
  expect(response.status).toBe(303)
  expect(response.headers.get('strict-transport-security')).toBe('max-age=31536000')
  expect(response.headers.get('referrer-policy')).toBe('no-referrer')
  expect(response.headers.getSetCookie()[0]).toMatch(
    /^__Host-kuvert=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
  )
  await secure.close()
})

test('HEAD is answered alike for every path, and looks nothing up', async () => {
  const live = await portal.message({ login: 'none' })
  for (const path of ['/', live.path, '/l/unknown', `${live.path}/files/0`]) {
    const response = await portal.browser().head(path)
    expect([response.status, await response.text(), response.headers.has('set-cookie')]).toEqual([200, '', false])
  }
})

test('what is malformed, too large or of another kind is refused with a page', async () => {
  const message = await portal.message({ login: 'recipients' })
  const headers = { origin: portal.origin }
  const at = new URL(`${message.path}/login`, portal.origin)
  const tooLarge = await fetch(at, {
    method: 'POST',
    headers,
    body: new URLSearchParams({ login: 'x'.repeat(17_000) }),
  })
  expect(tooLarge.status).toBe(413)
  const json = { ...headers, 'content-type': 'application/json' }
  expect((await fetch(at, { method: 'POST', headers: json, body: '{"login":"anna"}' })).status).toBe(415)
  const twice = new URLSearchParams([
    ['login', 'anna'],
    ['login', 'bertil'],
    ['password', 'anna-ord'],
  ])
  expect((await fetch(at, { method: 'POST', headers, body: twice })).status).toBe(403)
  const unknown = await portal.browser().get('/nothing')
  expect([unknown.status, (await unknown.text()).includes('Sidan finns inte')]).toEqual([404, true])
  const broken = await portal.browser().get('/l/%E0%A4%A')
  expect(broken.status).toBe(400)
  expect((await portal.browser().get('/l/%00')).status).toBe(404)
})

test('reloading what a form was posted to leads back to the message', async () => {
  const message = await portal.message({ login: 'recipients' })
  for (const path of ['login', 'logout', 'files/0']) {
    const response = await portal.browser().get(`${message.path}/${path}`)
    expect([response.status, response.headers.get('location')]).toEqual([303, message.path])
  }
})

test('the language is the message’s, until the visitor chooses one, which is kept', async () => {
  const message = await portal.message({ login: 'none', lang: 'en' })
  const browser = portal.browser()
  const languageOf = async (path: string) => /<html lang="(\w+)"/.exec(await (await browser.get(path)).text())![1]
  expect([await languageOf(message.path), await languageOf('/')]).toEqual(['en', 'sv'])
  expect(await languageOf(`${message.path}?lang=sv`)).toBe('sv')
  expect([await languageOf(message.path), await languageOf('/')]).toEqual(['sv', 'sv'])
  expect(await languageOf(`${message.path}?lang=xx`)).toBe('sv')
  expect([await languageOf('/?lang=en'), await languageOf('/')]).toEqual(['en', 'en'])
})

test('no token, ticket, session, login name or password reaches the log', async () => {
  const message = await portal.message({ login: 'recipients' })
  const { token } = message.links[0]!
  const browser = portal.browser()
  await browser.get(message.path)
  await browser.logIn(message.path, 'anna', 'hemligt-fel-ord')
  await browser.logIn(message.path, 'anna-ord-i-fel-falt', 'anna-ord')
  await browser.logIn(message.path, 'anna')
  await browser.get(message.path)
  const ticket = (await browser.post(`${message.path}/files/0`)).headers.get('location')!.slice(3)
  await browser.get(`/d/${ticket}`)
  for (const path of [
    `/l/${token}/x`,
    `/L/${token}`,
    `${portal.origin}//l/${token}`,
    `/l/${token}?a=${token}`,
    `/l/%ff${token}`,
  ]) {
    await browser.get(path)
  }
  await browser.post(message.path, { token })
  await portal.db.query('alter table files rename to filez')
  expect((await browser.get(message.path)).status).toBe(500)
  await portal.db.query('alter table filez rename to files')
  const log = portal.log()
  expect(log).toContain('/l/:token')
  for (const secret of [token, ticket, browser.cookies.get('kuvert')!, 'hemligt-fel-ord', 'anna-ord']) {
    expect(log).not.toContain(secret)
  }
})

test('what a visitor’s address is depends on the configured proxies, never on the visitor', async () => {
  const behind = await startTestPortal({ portal: { trustProxy: ['127.0.0.0/8'] } })
  const addressOf = async (where: TestPortal, forwarded: string) => {
    const message = await where.message({ login: 'none' })
    await where.browser().post(`${message.path}/files/0`, {}, { origin: where.origin, 'x-forwarded-for': forwarded })
    const { rows } = await where.db.query('select address from downloads where file_id = $1', [message.files[0]!.id])
    return rows[0]
  }
  expect(await addressOf(portal, '192.0.2.9')).toEqual({ address: '127.0.0.1' })
  expect(await addressOf(behind, '192.0.2.9')).toEqual({ address: '192.0.2.9' })
  expect(await addressOf(behind, '192.0.2.66, 198.51.100.7')).toEqual({ address: '198.51.100.7' })
  await behind.close()
})

test('with the database away, every page says try again, and the health check says no', async () => {
  const url = `postgresql://nobody@127.0.0.1:${await freePort()}/none`
  const db = openDatabase({ url, maxConnections: 2, timeoutSeconds: 2 }, () => undefined)
  const lost = await startTestPortal({ db })
  const answers = [
    await lost.browser().get('/l/unknown'),
    await lost.browser().post('/l/unknown/files/0'),
    await lost.browser().logIn('/l/unknown', 'anna'),
  ]
  for (const answer of answers) {
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '30'])
    expect(await answer.text()).toContain('Det fungerar inte just nu')
  }
  expect((await lost.browser().get('/readyz')).status).toBe(503)
  expect((await lost.browser().get('/')).status).toBe(200)
  expect((await portal.browser().get('/readyz')).status).toBe(200)
  await db.close()
  await lost.close()
})

function rawPost(path: string, headers: Record<string, string>): Promise<Response> {
  const body = new URLSearchParams({ login: 'anna', password: 'fel' })
  return fetch(new URL(path, portal.origin), { method: 'POST', headers, body, redirect: 'manual' })
}
