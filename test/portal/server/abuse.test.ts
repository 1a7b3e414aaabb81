import { afterAll, beforeAll, expect, test } from 'vitest'
import { getRaw, openRaw, readToEnd, sayOn, sendRaw, statusOf } from '../raw-request.ts'
import { startTestPortal, type TestPortal } from '../../support/test-portal.ts'

let portal: TestPortal
beforeAll(async () => {
  portal = await startTestPortal()
})
afterAll(async () => {
  // Whatever was done to it, it still answers.
  expect((await portal.browser().get('/healthz')).status).toBe(200)
  const log = portal.log()
  expect(log).not.toContain('A request failed')
  await portal.close()
})

const odd: [string, string | Buffer][] = [
  ['NUL', '/l/%00'],
  ['NUL in the middle', '/l/abc%00def'],
  ['a slash', '/l/%2F'],
  ['a folder above', '/l/..%2f..%2f..%2fetc%2fpasswd'],
  ['a folder above, not encoded', '/l/../../etc/passwd'],
  ['a folder above, below the assets', '/assets/..%2f..%2fportal.ts'],
  ['a percent sign encoded twice', '/l/%2500'],
  ['half an encoding', '/l/%E0%A4%A'],
  ['bytes that are no UTF-8', '/l/%ff%fe'],
  ['a lone surrogate', '/l/%ED%A0%80'],
  ['other letters', '/l/%C3%A5%F0%9F%98%80'],
  ['letters that are not encoded', Buffer.from('/l/åäö')],
  ['a line feed', '/l/%0d%0aSet-Cookie:%20a=b'],
  ['markup', '/l/%3Cscript%3Ealert(1)%3C/script%3E'],
  ['a quote and SQL', "/l/'%20or%201=1--"],
  ['10 kB', `/l/${'a'.repeat(10_000)}`],
  ['a thousand folders', `/l/${'x/'.repeat(1000)}`],
  ['a hundred dots', `/${'../'.repeat(100)}l/x`],
  ['a whole address', 'http://evil.example/l/x'],
  ['nothing', '/l/'],
  ['a ticket of odd letters', '/d/%00%ff'],
  ['a zip of odd letters', '/z/%00'],
  ['a ticket that is no number', `/d/${'f'.repeat(36)}`],
  ['a prototype', '/l/__proto__?lang=__proto__&lang[]=sv'],
]

test.each(odd)('a path with %s is refused, and says nothing back', async (_, path) => {
  const answer = await getRaw(portal.origin, path)
  expect([400, 404, 414]).toContain(statusOf(answer))
  expect(answer).not.toMatch(/^set-cookie/im)
  expect(answer).not.toContain('<script>')
  expect(answer).not.toMatch(/root:|SyntaxError|\bat .*\.ts:\d/)
})

test('a header of more than 16 kB is refused, and the line is dropped', async () => {
  const answer = await getRaw(portal.origin, '/', [`X-Large: ${'x'.repeat(20_000)}`])
  expect(statusOf(answer)).toBe(431)
  const socket = await openRaw(portal.origin)
  const endless = readToEnd(socket)
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n')
  const often = 1_000_000
  expect(await sayOn(socket, `X-Many: ${'x'.repeat(50)}\r\n`, often)).toBeLessThan(often)
  expect([431, 0]).toContain(statusOf(await endless))
})

test('many cookies, and many of the same name, are no session', async () => {
  const message = await portal.message({ login: 'recipients' })
  const many = Array.from({ length: 800 }, (_, index) => `c${index}=${index}`).join('; ')
  const same = Array.from({ length: 200 }, () => `kuvert=${'A'.repeat(43)}`).join('; ')
  for (const cookie of [
    many,
    same,
    'kuvert=; ; =;;=',
    '__proto__=x; constructor=y',
    'kuvert="%00"',
    `kuvert=${'%ff'.repeat(43)}`,
  ]) {
    const answer = await getRaw(portal.origin, message.path, [`Cookie: ${cookie}`])
    expect(statusOf(answer)).toBe(200)
    expect(answer).toContain('name="password"')
  }
})

test('a body of more than 16 kB is refused before it is read, however it is sent', async () => {
  const head = [
    'POST /l/x/login HTTP/1.1',
    'Host: localhost',
    `Origin: ${portal.origin}`,
    'Content-Type: application/x-www-form-urlencoded',
  ]
  const declared = await sendRaw(portal.origin, [...head, 'Content-Length: 1000000000', '', 'login=a'].join('\r\n'))
  expect(statusOf(declared)).toBe(413)
  const socket = await openRaw(portal.origin)
  const chunked = readToEnd(socket)
  socket.write([...head, 'Transfer-Encoding: chunked', '', ''].join('\r\n'))
  const often = 100_000
  expect(await sayOn(socket, `2000\r\n${'a'.repeat(0x2000)}\r\n`, often)).toBeLessThan(often)
  expect([413, 0]).toContain(statusOf(await chunked))
})

test('a body of many fields, or of deep ones, is as good as a wrong login', async () => {
  const message = await portal.message({ login: 'recipients' })
  const bodies = [
    'a=1&'.repeat(4000),
    '&'.repeat(16_000),
    `login${'[a]'.repeat(4000)}=x`,
    'login=%00&password=%00',
    'login=%ED%A0%80&password=x',
    `login=${'%F0%9F%98%80'.repeat(1000)}&password=x`,
    '__proto__[login]=anna&password=anna-ord',
    'login[]=anna&password[]=anna-ord',
  ]
  for (const body of bodies) {
    const response = await fetch(new URL(`${message.path}/login`, portal.origin), {
      method: 'POST',
      headers: { origin: portal.origin, 'content-type': 'application/x-www-form-urlencoded' },
      body,
    })
    expect(response.status).toBe(403)
  }
})

test.each([
  ['two lengths', 'POST /l/x/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello'],
  [
    'a length and chunks',
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['a bare line feed', 'GET / HTTP/1.1\nHost: x\n\n'],
  ['no host', 'GET / HTTP/1.1\r\n\r\n'],
  ['another protocol', 'EHLO kuvert.example\r\n'],
  ['TLS', Buffer.from('16030100a5010000a10303', 'hex')],
])('a request with %s is refused, and no second one is read out of it', async (_, request) => {
  const answer = await sendRaw(portal.origin, request)
  expect(statusOf(answer)).toBe(400)
  expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1)
})

test('methods other than GET, HEAD and POST are known to nothing', async () => {
  const message = await portal.message({ login: 'none', max: 1 })
  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND', 'TRACE']) {
    const request = `${method} ${message.path}/files/0 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nOrigin: ${portal.origin}\r\n\r\n`
    expect([400, 404, 405]).toContain(statusOf(await sendRaw(portal.origin, request)))
  }
  expect((await portal.browser().download(message.path)).status).toBe(200)
})

test('who sends nothing, or a header a byte at a time, is dropped; others are served meanwhile', async () => {
  const silent = await Promise.all(Array.from({ length: 50 }, () => openRaw(portal.origin)))
  const slow = await Promise.all(Array.from({ length: 50 }, () => openRaw(portal.origin)))
  const dropped = [...silent, ...slow].map(readToEnd)
  for (const socket of slow) socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ')
  const dribble = setInterval(() => slow.forEach(socket => socket.destroyed || socket.write('x')), 500)
  expect((await portal.browser().get('/')).status).toBe(200)
  const answers = await Promise.all(dropped)
  clearInterval(dribble)
  expect(new Set(answers.map(statusOf))).toEqual(new Set([408]))
})
