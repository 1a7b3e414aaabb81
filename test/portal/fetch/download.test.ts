import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { open, readdir, rename } from 'node:fs/promises'
import { get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Browser } from '../../support/browser.ts'
import { startTestPortal, type TestPortal } from '../../support/test-portal.ts'
import type { TestMessage } from '../../support/test-message.ts'
import { watch, type Opened } from './watched-bytes.ts'

let portal: TestPortal
/** Every ciphertext that the portal opened. */
const opened: Opened[] = []
beforeAll(async () => {
  portal = await startTestPortal()
  const { objects } = portal.deps
  const openOne = objects.open
  objects.open = async (key, range) => watch(opened, await openOne(key, range))
})
afterAll(() => portal.close())

const large = randomBytes(20_000_000)
const largeFile = { name: 'Översikt – år 2026 (slutlig).docx', content: large, mediaType: 'text/html' }

test('20 MB come out as they went in, to be saved under their Swedish name and not to be shown', async () => {
  const message = await portal.message({ login: 'none', files: [largeFile] })
  const response = await portal.browser().download(message.path)
  const bytes = Buffer.from(await response.arrayBuffer())
  expect(sha256(bytes)).toBe(sha256(large))
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-length': '20000000',
    'content-type': 'application/octet-stream',
    'content-disposition':
      'attachment; filename="Oversikt _ ar 2026 (slutlig).docx"; ' +
      "filename*=UTF-8''%C3%96versikt%20%E2%80%93%20%C3%A5r%202026%20%28slutlig%29.docx",
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'accept-ranges': 'bytes',
  })
  await until(async () => (await downloadRow(message)).finished_at !== null)
})

test('an empty file is a file', async () => {
  const message = await portal.message({ login: 'none', files: [{ name: 'tom.txt', content: Buffer.alloc(0) }] })
  const response = await portal.browser().download(message.path)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-length')).toBe('0')
  expect(await response.text()).toBe('')
})

test('a broken download resumes by Range at no further cost', async () => {
  const message = await portal.message({ login: 'none', max: 1, files: [largeFile] })
  const browser = portal.browser()
  const ticket = (await browser.post(`${message.path}/files/0`)).headers.get('location')!
  const head = await browser.head(ticket)
  expect([head.status, head.headers.get('content-length')]).toEqual([200, '20000000'])
  const entityTag = head.headers.get('etag')!
  const first = await browser.get(ticket, { range: 'bytes=0-11999999' })
  const rest = await browser.get(ticket, { range: 'bytes=12000000-', 'if-range': entityTag })
  expect([first.status, rest.status]).toEqual([206, 206])
  expect(rest.headers.get('content-range')).toBe('bytes 12000000-19999999/20000000')
  const bytes = Buffer.concat([Buffer.from(await first.arrayBuffer()), Buffer.from(await rest.arrayBuffer())])
  expect(sha256(bytes)).toBe(sha256(large))
  const last = await browser.get(ticket, { range: 'bytes=-5' })
  expect(Buffer.from(await last.arrayBuffer())).toEqual(large.subarray(-5))
  const beyond = await browser.get(ticket, { range: 'bytes=20000000-' })
  expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */20000000'])
  const changed = await browser.get(ticket, { range: 'bytes=5-', 'if-range': '"another"' })
  expect([changed.status, changed.headers.get('content-length')]).toEqual([200, '20000000'])
  await changed.body!.cancel()
})

test('HEAD of a ticket is no download: the ticket can still be given back', async () => {
  const message = await portal.message({ login: 'none', max: 1 })
  const browser = portal.browser()
  const ticket = (await browser.post(`${message.path}/files/0`)).headers.get('location')!
  expect((await browser.head(ticket)).status).toBe(200)
  expect((await portal.browser().head(ticket)).status).toBe(404)
  expect((await downloadRow(message)).first_byte_at).toBe(null)
})

test('a client that goes away frees what it held, and can come back', async () => {
  const message = await portal.message({ login: 'none', files: [largeFile] })
  const browser = portal.browser()
  const ticket = (await browser.post(`${message.path}/files/0`)).headers.get('location')!
  opened.length = 0
  const response = await slowly(browser, ticket)
  expect(opened).toHaveLength(1)
  // The client reads nothing: the portal waits, instead of reading on into memory.
  expect(opened[0]!.bytesRead).toBeLessThan(large.length)
  response.destroy()
  await until(() => opened[0]!.destroyed)
  expect((await downloadRow(message)).finished_at).toBe(null)
  expect(sha256(Buffer.from(await (await browser.get(ticket)).arrayBuffer()))).toBe(sha256(large))
})

test('an object that was changed near its end breaks the download off: it never looks whole', async () => {
  const message = await portal.message({ login: 'none', files: [largeFile] })
  await changeByte(message, -20)
  const response = await portal.browser().download(message.path)
  expect(response.status).toBe(200)
  await expect(response.arrayBuffer()).rejects.toThrow()
  expect((await downloadRow(message)).finished_at).toBe(null)
})

test('an object that was changed at its start is our error, with a number, and is not counted', async () => {
  const message = await portal.message({ login: 'none', max: 1 })
  await changeByte(message, -20)
  const response = await portal.browser().download(message.path)
  const page = await response.text()
  expect(response.status).toBe(500)
  const id = /<code>([^<]+)<\/code>/.exec(page)![1]!
  expect(
    portal
      .log()
      .split('\n')
      .some(line => line.includes(id) && line.includes('not authentic')),
  ).toBe(true)
  expect(page).not.toContain('authentic')
  expect(await usedOf(message)).toBe(0)
})

test('with the object storage away there is a page that says so, and the count is given back', async () => {
  const message = await portal.message({ login: 'none', max: 1 })
  const folder = join(portal.folder, 'objects')
  await rename(folder, `${folder}-away`)
  const browser = portal.browser()
  const response = await browser.download(message.path)
  await rename(`${folder}-away`, folder)
  expect(response.status).toBe(503)
  expect(response.headers.get('retry-after')).toBe('30')
  expect(response.headers.get('content-type')).toContain('text/html')
  expect(response.headers.get('content-disposition')).toBe(null)
  expect(await response.text()).toContain('Försöket har inte räknats')
  expect(await usedOf(message)).toBe(0)
  expect(await (await browser.download(message.path)).text()).toBe('filens bytes')
})

test('a ticket that has sent bytes is not given back by a later outage', async () => {
  const message = await portal.message({ login: 'none', max: 1 })
  const browser = portal.browser()
  const ticket = (await browser.post(`${message.path}/files/0`)).headers.get('location')!
  await (await browser.get(ticket)).arrayBuffer()
  const folder = join(portal.folder, 'objects')
  await rename(folder, `${folder}-away`)
  expect((await browser.get(ticket)).status).toBe(503)
  await rename(`${folder}-away`, folder)
  expect(await usedOf(message)).toBe(1)
  expect((await browser.get(ticket)).status).toBe(200)
})

test('closing lets a download finish, and drops one that never does', async () => {
  const other = await startTestPortal()
  const message = await other.message({ login: 'none', files: [largeFile] })
  const browsers = [other.browser(), other.browser()]
  const [finishing, stuck] = await Promise.all(
    browsers.map(async browser => {
      const ticket = (await browser.post(`${message.path}/files/0`)).headers.get('location')!
      return slowly(browser, `${other.origin}${ticket}`)
    }),
  )
  const closed = other.close(2)
  expect(sha256(Buffer.concat(await finishing!.toArray()))).toBe(sha256(large))
  // Nothing was read of the other one: it would keep the portal open for ever.
  await closed
  await expect(stuck!.toArray()).rejects.toThrow('aborted')
})

test('a client that hangs up in the middle is no error of ours', async () => {
  const message = await portal.message({ login: 'none', files: [largeFile] })
  const browser = portal.browser()
  const before = portal.log().length
  const logged = () => portal.log().slice(before)
  for (let time = 0; time < 5; time += 1) {
    const ticket = (await browser.post(`${message.path}/files/0`)).headers.get('location')!
    const answer = await slowly(browser, `${portal.origin}${ticket}`)
    const closed = once(answer.socket, 'close')
    answer.socket.resetAndDestroy()
    await closed
  }
  await until(() => logged().split('The client went away').length > 5)
  expect(logged()).not.toContain('A download broke off')
})

/** An answer of which nothing is read yet. */
async function slowly(browser: Browser, ticket: string): Promise<IncomingMessage> {
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const [response] = (await once(get(new URL(ticket, portal.origin), { headers: { cookie } }), 'response')) as [
    IncomingMessage,
  ]
  return response
}

async function changeByte(message: TestMessage, fromEnd: number): Promise<void> {
  const folder = join(portal.folder, 'objects')
  const names = await readdir(folder, { recursive: true })
  const name = names.find(candidate => candidate.endsWith(message.files[0]!.objects[0]!.key))!
  const file = await open(join(folder, name), 'r+')
  const at = (await file.stat()).size + fromEnd
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at)
  await file.write(Buffer.of(buffer[0]! ^ 1), 0, 1, at)
  await file.close()
}

async function downloadRow(message: TestMessage): Promise<{ first_byte_at: Date | null; finished_at: Date | null }> {
  const { rows } = await portal.db.query<{ first_byte_at: Date | null; finished_at: Date | null }>(
    'select first_byte_at, finished_at from downloads where file_id = $1 order by asked_at desc',
    [message.files[0]!.id],
  )
  return rows[0]!
}

async function usedOf(message: TestMessage): Promise<number> {
  const { rows } = await portal.db.query<{ used: number }>('select used from counts where file_id = $1', [
    message.files[0]!.id,
  ])
  return rows[0]!.used
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause(10)
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
