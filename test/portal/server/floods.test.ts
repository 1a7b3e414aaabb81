import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openFolderObjects } from '#objects/folder-objects.ts'
import { startKuvertProcess, type KuvertProcess } from '../../support/kuvert-process.ts'
import { freshDatabase } from '../../support/fresh-database.ts'
import { testKeys } from '../../support/kuvert-settings.ts'
import { testKeyring } from '../../support/keyring.ts'
import { openBrowser, type Browser } from '../../support/browser.ts'
import { getRaw, openRaw, readToEnd, statusOf } from '../raw-request.ts'
import { insertTestMessage, type TestMessage } from '../../support/test-message.ts'

/** What the documentation promises. */
const boundMebibytes = 250
/** More than the system keeps for a line that nobody reads. */
const content = randomBytes(30_000_000)
let database: Awaited<ReturnType<typeof freshDatabase>>
let folder: string
/** A process of its own, so that the memory of those who flood it does not count. */
let kuvert: KuvertProcess
let message: TestMessage
beforeAll(async () => {
  database = await freshDatabase()
  folder = await mkdtemp(join(tmpdir(), 'kuvert-floods-'))
  const [master, link] = [randomBytes(32), randomBytes(32)]
  kuvert = await startKuvertProcess(
    {
      database: { kind: 'postgres', url: database.url },
      objects: { kind: 'folder', path: folder },
      keys: testKeys({ master, link }),
    },
    { args: ['--roles', 'portal'] },
  )
  const objects = await openFolderObjects(folder)
  const parts = {
    db: database.db,
    objects,
    masterKeys: [{ id: 'test', key: master }],
    keyring: testKeyring([{ id: 'test', key: link }]),
  }
  const other = { name: 'b', content: Buffer.from('b') }
  message = await insertTestMessage(parts, { login: 'none', files: [{ name: 'a', content }, other] })
})
afterAll(async () => {
  // Whatever was done to it, it still serves others, and never took more than it may.
  const answer = await openBrowser(kuvert.portalUrl).download(message.path)
  expect(sha256(Buffer.from(await answer.arrayBuffer()))).toBe(sha256(content))
  const peakMebibytes = await kuvert.peakMebibytes()
  await kuvert.stop()
  await database.drop()
  await rm(folder, { recursive: true, force: true })
  expect(peakMebibytes).toBeLessThan(boundMebibytes)
})

/** Asks for something and reads no more than the first bytes of the answer. */
async function stall(path: string, browser: Browser, field = ''): Promise<{ socket: Socket; start: string }> {
  const socket = await openRaw(kuvert.portalUrl)
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nCookie: ${cookie}\r\n${field}\r\n`)
  const [start] = (await once(socket, 'data')) as [Buffer]
  socket.pause()
  return { socket, start: start.toString('latin1') }
}

async function ticketOf(browser: Browser, what = 'files/0'): Promise<string> {
  return (await browser.post(`${message.path}/${what}`)).headers.get('location')!
}

function count(statuses: number[]): Record<number, number> {
  const counted: Record<number, number> = {}
  for (const status of statuses) counted[status] = (counted[status] ?? 0) + 1
  return counted
}

test.each(['files/0', 'zip'])('of 300 readers of one ticket (%s) who take nothing, eight are served', async what => {
  const browser = openBrowser(kuvert.portalUrl)
  const ticket = await ticketOf(browser, what)
  // Eight times a third of the file is no more than a ticket serves.
  const third = `Range: bytes=0-${Math.floor(content.length / 3)}\r\n`
  const readers = await Promise.all(Array.from({ length: 300 }, () => stall(ticket, browser, third)))
  expect(count(readers.map(({ start }) => statusOf(start)))).toEqual({ 206: 8, 429: 292 })
  const refused = await browser.get(ticket)
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '30'])
  expect(await refused.text()).toContain('Högst 8 filer kan hämtas samtidigt')
  for (const { socket } of readers) socket.destroy()
  await expect.poll(async () => (await browser.get(ticket, { range: 'bytes=-1' })).status).toBe(206)
})

test('of 100 visitors who take nothing, 64 are served; the others are asked to wait, and lose nothing', async () => {
  const browsers = Array.from({ length: 100 }, () => openBrowser(kuvert.portalUrl))
  const readers = []
  for (const browser of browsers) readers.push(await stall(await ticketOf(browser), browser))
  expect(count(readers.map(({ start }) => statusOf(start)))).toEqual({ 200: 64, 503: 36 })
  const last = browsers.at(-1)!
  const page = await last.get(message.path, { cookie: `${[...last.cookies][0]!.join('=')}; kuvert-language=en` })
  expect(page.status).toBe(200)
  const refused = await last.get(await ticketOf(last))
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '30'])
  expect(await refused.text()).toContain('Många hämtar filer just nu')
  for (const { socket } of readers) socket.destroy()
  await expect.poll(async () => (await last.get(await ticketOf(last))).status).toBe(200)
})

test('a reader on a bad line gets all of it', async () => {
  const browser = openBrowser(kuvert.portalUrl)
  const { socket, start } = await stall(await ticketOf(browser), browser)
  let bytes = Buffer.byteLength(start, 'latin1') - (start.indexOf('\r\n\r\n') + 4)
  while (bytes < content.length) {
    const chunk = socket.read() as Buffer | null
    if (!chunk) await once(socket, 'readable')
    bytes += chunk?.length ?? 0
    await pause(5)
  }
  expect(bytes).toBe(content.length)
  socket.destroy()
})

test('a flood of pages and of tokens that are guessed is answered, each for itself', async () => {
  const paths = Array.from({ length: 1000 }, (_, index) =>
    index % 2 ? message.path : `/l/${randomBytes(24).toString('base64url')}`,
  )
  const statuses: number[] = []
  const ask = async () => {
    for (let path = paths.pop(); path; path = paths.pop())
      statuses.push(statusOf(await getRaw(kuvert.portalUrl, path, ['User-Agent: x'])))
  }
  await Promise.all(Array.from({ length: 100 }, ask))
  expect(count(statuses)).toEqual({ 200: 500, 404: 500 })
  const { rows } = await database.db.query<{ action: string; entries: number }>(
    'select action, count(*)::integer as entries from audit_entries group by action',
  )
  const entries = Object.fromEntries(rows.map(row => [row.action, row.entries]))
  // What anybody can cause at will does not fill what is kept for good.
  expect(entries['page-shown']).toBeLessThan(200)
  expect(entries['refused']).toBeLessThan(500)
})

test('a flood of connections from one address is cut short, and leaves room for others', async () => {
  const sockets = await Promise.all(Array.from({ length: 700 }, () => openRaw(kuvert.portalUrl)))
  await expect.poll(() => sockets.filter(socket => socket.destroyed).length).toBeGreaterThanOrEqual(200)
  expect(sockets.filter(socket => !socket.destroyed).length).toBeGreaterThan(400)
  for (const socket of sockets) socket.destroy()
  await expect.poll(async () => statusOf(await getRaw(kuvert.portalUrl, '/healthz'))).toBe(200)
})

test('who sends a form a byte at a time is dropped, and others are served meanwhile', async () => {
  const head = `POST ${message.path}/login HTTP/1.1\r\nHost: localhost\r\nOrigin: ${kuvert.portalUrl}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 10000\r\n\r\n`
  const sockets = await Promise.all(Array.from({ length: 100 }, () => openRaw(kuvert.portalUrl)))
  const answers = Promise.all(sockets.map(readToEnd))
  for (const socket of sockets) socket.write(head)
  const dribble = setInterval(() => sockets.forEach(socket => socket.destroyed || socket.write('x')), 500)
  expect((await openBrowser(kuvert.portalUrl).get(message.path)).status).toBe(200)
  expect(new Set((await answers).map(statusOf))).toEqual(new Set([408]))
  clearInterval(dribble)
}, 60_000)

test('a range of many parts is answered with the whole, once', async () => {
  const browser = openBrowser(kuvert.portalUrl)
  const many = Array.from({ length: 1000 }, (_, index) => `${index}-`).join(',')
  const answer = await browser.get(await ticketOf(browser), { range: `bytes=${many}` })
  expect([answer.status, answer.headers.get('content-length')]).toEqual([200, String(content.length)])
  await answer.body!.cancel()
})

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
