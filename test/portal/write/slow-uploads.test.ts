import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startPortal, type RunningPortal } from '#portal/portal.ts'
import type { Browser } from '../../support/browser.ts'
import { openRaw, readToEnd, statusOf } from '../raw-request.ts'
import { startTestPortal, type TestPortal } from '../../support/test-portal.ts'

let portal: TestPortal
let impatient: RunningPortal
beforeAll(async () => {
  portal = await startTestPortal()
  const { deps } = portal
  const settings = { ...deps.settings, portal: { ...deps.settings.portal, port: 0 } }
  impatient = await startPortal({ ...deps, settings }, { formSeconds: 1 })
})
afterAll(async () => {
  await impatient.close(0)
  await portal.close()
})

async function staff(): Promise<{ browser: Browser; at: string }> {
  const browser = portal.browser()
  await browser.post('/login', { login: 'anna', password: 'anna-ord' })
  return { browser, at: (await browser.get('/new')).headers.get('location')! }
}

/** Sends a request to the impatient portal, its body in ten pieces within three seconds; what came back. */
async function slowly(browser: Browser | undefined, line: string, fields: string[], body: Buffer): Promise<string> {
  const socket = await openRaw(`http://localhost:${impatient.port}`)
  const answer = readToEnd(socket)
  const cookie = [...(browser?.cookies ?? [])].map(([name, value]) => `${name}=${value}`).join('; ')
  const more = ['Host: localhost', `Origin: ${portal.origin}`, `Cookie: ${cookie}`, 'Connection: close', ...fields]
  socket.write(`${line} HTTP/1.1\r\n${more.join('\r\n')}\r\nContent-Length: ${body.length}\r\n\r\n`)
  const pieceBytes = Math.ceil(body.length / 10)
  for (let at = 0; at < body.length && !socket.destroyed; at += pieceBytes) {
    socket.write(body.subarray(at, at + pieceBytes))
    await pause(300)
  }
  return answer
}

const tus = ['Tus-Resumable: 1.0.0', 'Upload-Offset: 0', 'Content-Type: application/offset+octet-stream']
const content = randomBytes(100_000)

test('a file may take longer than a form', async () => {
  const { browser, at } = await staff()
  const headers = { 'Tus-Resumable': '1.0.0', 'Upload-Length': String(content.length), origin: portal.origin }
  const begun = await browser.post(`${at}/files`, {}, headers)
  expect(begun.status).toBe(201)
  const answer = await slowly(browser, `PATCH ${begun.headers.get('location')}`, tus, content)
  expect(statusOf(answer)).toBe(204)
  expect(answer.toLowerCase()).toContain(`upload-offset: ${content.length}`)
})

test('so may one that comes with the form, where there are no scripts', async () => {
  const { browser, at } = await staff()
  const part = (name: string, value: string | Buffer) => [
    `--x\r\nContent-Disposition: form-data; ${name}\r\n\r\n`,
    value,
    '\r\n',
  ]
  const body = [...part('name="file"; filename="a.bin"', content), ...part('name="do"', 'save'), '--x--\r\n']
  const bytes = Buffer.concat(body.map(each => Buffer.from(each)))
  const answer = await slowly(browser, `POST ${at}`, ['Content-Type: multipart/form-data; boundary=x'], bytes)
  expect(statusOf(answer)).toBe(303)
  const { rows } = await portal.db.query('select 1 from uploads where draft_id = $1 and received_bytes = $2', [
    at.slice(5),
    content.length,
  ])
  expect(rows).toHaveLength(1)
})

test.each(['/login', '/new/01234567-89ab-4cde-8f01-23456789abcd'])(
  'a form without files may not (%s), and its client is told',
  async path => {
    const form = ['Content-Type: application/x-www-form-urlencoded']
    const answer = await slowly(undefined, `POST ${path}`, form, Buffer.from('login=anna&password=anna-ord'))
    expect(statusOf(answer)).toBe(408)
  },
)

test('nor may the file of somebody who is not logged in: they are told at once, and then not heard any more', async () => {
  const { at } = await staff()
  const socket = await openRaw(`http://localhost:${impatient.port}`)
  const closed = readToEnd(socket)
  const fields = ['Host: localhost', `Origin: ${portal.origin}`, ...tus, 'Content-Length: 100000']
  socket.write(`PATCH ${at}/files/none HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n`)
  const dribble = setInterval(() => socket.destroyed || socket.write('x'), 300)
  expect(statusOf(await closed)).toBe(401)
  clearInterval(dribble)
}, 20_000)
