import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startTestKuvert, type TestKuvert } from '../../support/kuvert.ts'
import { openBrowser, type Browser } from '../../support/browser.ts'
import { openRaw, readToEnd, statusOf } from '../raw-request.ts'
import { staff } from '../sent/sent-message.ts'

let kuvert: TestKuvert
let anna: Browser
let bertil: Browser
beforeAll(async () => {
  kuvert = await startTestKuvert({ compose: { drafts: 3, draftsBytes: 1000, fileBytes: 800, filesBytes: 900 } }, [
    'portal',
  ])
  anna = await staff(kuvert)
  bertil = openBrowser(kuvert.portalUrl)
  await bertil.post('/login', { login: 'bertil', password: 'bertil-ord' })
})
afterEach(async () => {
  await kuvert.deps.db.query('delete from drafts')
})
afterAll(() => kuvert.close())

const headersOf = (browser: Browser) => ({
  cookie: [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
  origin: kuvert.portalUrl,
})

/** Announces a file to a draft; the answer. */
function announce(browser: Browser, sizeBytes: number, draft: string = randomUUID()): Promise<Response> {
  const headers = { ...headersOf(browser), 'Tus-Resumable': '1.0.0', 'Upload-Length': String(sizeBytes) }
  return fetch(`${kuvert.portalUrl}/new/${draft}/files`, { method: 'POST', headers })
}

test('the files of all drafts of an account have a bound together, and another account has its own', async () => {
  expect((await announce(anna, 700)).status).toBe(201)
  const draft = randomUUID()
  const refused = await announce(anna, 301, draft)
  expect([refused.status, await refused.text()]).toEqual([413, 'UPLOAD_TOO_BIG\n'])
  expect((await announce(anna, 300, draft)).status).toBe(201)
  expect((await announce(anna, 1)).status).toBe(413)
  expect((await announce(bertil, 700)).status).toBe(201)
})

test('the bound holds also for files that are announced at the same time, in many drafts', async () => {
  const drafts = [randomUUID(), randomUUID(), randomUUID()]
  const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => announce(anna, 200, drafts[index % 3])))
  expect(answers.filter(answer => answer.status === 201)).toHaveLength(5)
})

test('a file of a form that is over the bound is left out, and told of; what was written stays', async () => {
  for (const sizeBytes of [800, 200]) await announce(anna, sizeBytes)
  const form = new FormData()
  form.append('to', 'bertil@kommun.example')
  form.append('text', 'Detta skrev jag.')
  form.append('files', new Blob(['x'.repeat(201)]), 'stor.txt')
  form.append('do', 'save')
  const body = { method: 'POST', body: form, headers: headersOf(anna) }
  const answer = await fetch(`${kuvert.portalUrl}/new/${randomUUID()}`, body)
  const page = await answer.text()
  expect(answer.status).toBe(422)
  expect(page).toContain('Filerna i alla dina utkast')
  expect(page).toContain('stor.txt')
  expect(page).toContain('Detta skrev jag.')
})

test('an account has so many drafts and no more, also if they are begun at the same time', async () => {
  const begin = () => anna.post(`/new/${randomUUID()}`, { text: 'x', do: 'save' })
  const answers = await Promise.all(Array.from({ length: 8 }, begin))
  expect(answers.filter(answer => answer.status === 303)).toHaveLength(3)
  const refused = await begin()
  expect([refused.status, (await refused.text()).includes('Du har för många utkast')]).toEqual([403, true])
  expect((await announce(anna, 1)).status).toBe(413)
  expect((await bertil.post(`/new/${randomUUID()}`, { text: 'x', do: 'save' })).status).toBe(303)
})

test('of files that nobody who is logged in sends with a form, little is read', async () => {
  const socket = await openRaw(kuvert.portalUrl)
  const answer = readToEnd(socket)
  const host = new URL(kuvert.portalUrl).host
  const type = 'Content-Type: multipart/form-data; boundary=b'
  const length = 1024 ** 4
  const head = `POST /new/${randomUUID()} HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${kuvert.portalUrl}\r\n${type}\r\n`
  socket.write(`${head}Content-Length: ${length}\r\n\r\n`)
  socket.write('--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n')
  const chunk = Buffer.alloc(1024 ** 2)
  let sentBytes = 0
  // Until nobody reads any more: what the buffers of both sides hold is on top of what is read.
  for (; !socket.destroyed && sentBytes < 512 * 1024 ** 2; sentBytes += chunk.length) {
    if (socket.write(chunk)) continue
    await new Promise<void>(resolve => {
      const settle = () => {
        socket.off('drain', settle).off('close', settle)
        resolve()
      }
      socket.on('drain', settle).on('close', settle)
    })
  }
  expect(sentBytes).toBeLessThan(256 * 1024 ** 2)
  expect(statusOf(await answer)).toBe(403)
}, 60_000)
