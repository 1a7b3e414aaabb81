import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { findProgram } from '../../support/servers.ts'
import type { Browser } from '../../support/browser.ts'
import { startTestPortal, type TestPortal } from '../../support/test-portal.ts'
import type { TestMessage } from '../../support/test-message.ts'
import { watch, type Opened } from './watched-bytes.ts'

const run = promisify(execFile)
let portal: TestPortal
let folder: string
/** Every ciphertext that the portal opened. */
const opened: Opened[] = []
beforeAll(async () => {
  portal = await startTestPortal()
  folder = await mkdtemp(join(tmpdir(), 'kuvert-zip-'))
  const { objects } = portal.deps
  const { open } = objects
  objects.open = async (key, range) => watch(opened, await open(key, range))
})
beforeEach(() => void (opened.length = 0))
afterAll(async () => {
  await portal.close()
  await rm(folder, { recursive: true })
})

const body = { name: 'message.eml', content: Buffer.from('Subject: x\r\n\r\nHej'), kind: 'body' as const }
const files = [
  body,
  { name: 'Översikt – år 2026.docx', content: randomBytes(5_000_000) },
  { name: 'tom.txt', content: Buffer.alloc(0) },
  { name: 'rapport.pdf', content: Buffer.from('den första') },
  { name: 'Rapport.pdf', content: Buffer.from('den andra') },
]
const names = ['message.eml', 'Översikt – år 2026.docx', 'tom.txt', 'rapport.pdf', 'Rapport (2).pdf']

test.skipIf(!findProgram('unzip') || !findProgram('python3'))(
  'all files and the text come as one zip that real readers find whole, by their Swedish names',
  async () => {
    const message = await portal.message({ login: 'none', subject: 'Underlag: möte 24/11', files })
    const { response, bytes } = await fetchZip(portal.browser(), message)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-length': String(bytes.length),
      'content-type': 'application/zip',
      'content-disposition': `attachment; filename="Underlag_ mote 24-11.zip"; filename*=UTF-8''Underlag_%20m%C3%B6te%2024-11.zip`,
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'accept-ranges': 'bytes',
    })
    const file = join(folder, 'whole.zip')
    await writeFile(file, bytes)
    expect((await run('unzip', ['-t', file])).stdout).toContain('No errors detected')
    const read = await readByPython(file)
    expect(read.map(entry => entry.name)).toEqual(names)
    expect(read.map(entry => entry.sha256)).toEqual(files.map(({ content }) => sha256(content)))
  },
)

test('any range of a zip is the same bytes as in the whole, and its end is known without reading a file', async () => {
  const message = await portal.message({ login: 'none', max: 1, files })
  const browser = portal.browser()
  const at = (await browser.post(`${message.path}/zip`)).headers.get('location')!
  const size = Number((await browser.head(at)).headers.get('content-length'))
  const asked = [`${size - 700}-`, '10-2000000', '3000000-5000250', '0-0', `${size - 1}-`]
  const parts = await Promise.all(asked.map(range => fetchBytes(browser, at, { range: `bytes=${range}` })))
  const whole = await fetchBytes(browser, at)
  expect(whole.length).toBe(size)
  const ends = (range: string) => range.split('-').map((end, index) => (end ? Number(end) + index : size))
  expect(parts).toEqual(asked.map(range => whole.subarray(...ends(range))))
  opened.length = 0
  await fetchBytes(browser, at, { range: `bytes=${size - 200}-` })
  expect(opened).toHaveLength(0)
  expect(await used(message)).toEqual([1, 1, 1, 1, 1])
})

test.skipIf(!findProgram('unzip') || !findProgram('curl'))(
  'a zip that breaks off resumes with If-Range, and curl puts it together',
  async () => {
    const message = await portal.message({ login: 'none', max: 1, files })
    const browser = portal.browser()
    const at = (await browser.post(`${message.path}/zip`)).headers.get('location')!
    const file = join(folder, 'resumed.zip')
    const first = await fetchBytes(browser, at, { range: 'bytes=0-3333332' })
    await writeFile(file, first)
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    await run('curl', ['-sS', '-f', '-C', '-', '-b', cookie, '-o', file, portal.origin + at])
    expect((await run('unzip', ['-t', file])).stdout).toContain('No errors detected')
    const { headers } = await browser.head(at)
    const resumed = await browser.get(at, { range: 'bytes=100-', 'if-range': headers.get('etag')! })
    const changed = await browser.get(at, { range: 'bytes=100-', 'if-range': '"another"' })
    expect([resumed.status, changed.status]).toEqual([206, 200])
    await Promise.all([resumed, changed].map(response => response.body!.cancel()))
    expect((await browser.get(at, { range: `bytes=${headers.get('content-length')}-` })).status).toBe(416)
    expect(await used(message)).toEqual([1, 1, 1, 1, 1])
  },
)

test('a zip is of no use in another browser, and ends with its tickets', async () => {
  const message = await portal.message({ login: 'none', files: files.slice(2) })
  const browser = portal.browser()
  const { at } = await fetchZip(browser, message)
  const other = portal.browser()
  await other.download(message.path)
  for (const path of [at, '/z/x', '/z/%00']) expect((await other.get(path)).status).toBe(404)
  expect((await other.head(at)).status).toBe(404)
  // One of them is enough, whichever it is.
  const { rowCount } = await portal.db.query(
    `update downloads set ends_at = now() - interval '1 second'
     where id in (select id from downloads where zip_id = $1 order by ctid desc limit 1)`,
    [at.slice(3)],
  )
  expect(rowCount).toBe(1)
  expect((await browser.head(at)).status).toBe(404)
  expect((await browser.get(at)).status).toBe(404)
})

test('with the object storage away, or a file broken at its start, every ticket of the zip is given back', async () => {
  const message = await portal.message({ login: 'none', max: 1, files: files.slice(3) })
  const objects = join(portal.folder, 'objects')
  await rename(objects, `${objects}-away`)
  const browser = portal.browser()
  const asked = await browser.post(`${message.path}/zip`)
  const response = await browser.get(asked.headers.get('location')!)
  await rename(`${objects}-away`, objects)
  expect(response.status).toBe(503)
  expect(await response.text()).toContain('Försöket har inte räknats')
  expect(await used(message)).toEqual([0, 0])
  expect((await fetchZip(browser, message)).response.status).toBe(200)
})

test('a client that goes away in the middle of a zip frees what it held', async () => {
  const message = await portal.message({
    login: 'none',
    files: [{ name: 'a', content: randomBytes(8_000_000) }, ...files],
  })
  const browser = portal.browser()
  const at = (await browser.post(`${message.path}/zip`)).headers.get('location')!
  const response = await browser.get(at)
  await response.body!.cancel()
  while (!opened.every(stream => stream.destroyed)) await pause(10)
  expect(opened).toHaveLength(1)
})

test('a client that goes away while the storage has fallen silent frees what it held as well', async () => {
  const message = await portal.message({ login: 'none', files: [files[1]!, files[3]!] })
  const { open } = portal.deps.objects
  portal.deps.objects.open = async key => {
    const start = await open(key, { start: 0, end: 2_500_000 })
    const fill = async (memory: Buffer) => {
      const filled = await start.fill(memory)
      return filled === memory.length ? filled : new Promise<number>(() => undefined)
    }
    return { ...start, fill }
  }
  const browser = portal.browser()
  const at = (await browser.post(`${message.path}/zip`)).headers.get('location')!
  const response = await browser.get(at)
  portal.deps.objects.open = open
  const reader = response.body!.getReader()
  for (let bytes = 0; bytes < 2_000_000; bytes += (await reader.read()).value!.length);
  expect(opened.at(-1)!.destroyed).toBe(false)
  await reader.cancel()
  while (!opened.at(-1)!.destroyed) await pause(10)
})

test('a single file has no zip on its page', async () => {
  const message = await portal.message({ login: 'none' })
  expect(await (await portal.browser().get(message.path)).text()).not.toContain('zip')
})

async function fetchZip(browser: Browser, message: TestMessage) {
  const asked = await browser.post(`${message.path}/zip`)
  expect(asked.status).toBe(303)
  const at = asked.headers.get('location')!
  const response = await browser.get(at)
  return { at, response, bytes: Buffer.from(await response.arrayBuffer()) }
}

async function fetchBytes(browser: Browser, at: string, headers: Record<string, string> = {}): Promise<Buffer> {
  const response = await browser.get(at, headers)
  expect(response.status).toBe('range' in headers ? 206 : 200)
  return Buffer.from(await response.arrayBuffer())
}

/** Downloads counted of each file, by all. */
async function used(message: TestMessage): Promise<number[]> {
  const { rows } = await portal.db.query<{ used: number }>(
    `select coalesce((select sum(used) from counts where file_id = files.id), 0)::integer as used
     from files where message_id = $1 order by position`,
    [message.id],
  )
  return rows.map(row => row.used)
}

async function readByPython(file: string): Promise<{ name: string; sha256: string }[]> {
  const script = `import sys, zipfile, hashlib, json
with zipfile.ZipFile(sys.argv[1]) as z:
    assert z.testzip() is None
    print(json.dumps([{'name': i.filename, 'sha256': hashlib.sha256(z.read(i)).hexdigest()} for i in z.infolist()]))`
  return JSON.parse((await run('python3', ['-c', script, file])).stdout) as { name: string; sha256: string }[]
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
