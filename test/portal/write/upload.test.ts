import { createHash, randomBytes } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findLinksOfMessage, tokenOf } from '#database/links.ts'
import { startTestKuvert, type TestKuvert } from '../../support/kuvert.ts'
import { openBrowser, openLoggedIn, type Browser } from '../../support/browser.ts'

let kuvert: TestKuvert
beforeAll(async () => {
  kuvert = await startTestKuvert({ compose: { fileBytes: '20 MiB', filesBytes: '30 MiB', files: 3 } }, ['portal'])
})
afterAll(() => kuvert.close())

const content = randomBytes(9_000_001)

interface Staff {
  browser: Browser
  at: string
  /** A request in tus's way. */
  tus(method: string, path: string, headers?: Record<string, string>, body?: Buffer): Promise<Response>
}

async function staff(login = 'anna'): Promise<Staff> {
  const browser = await openLoggedIn(kuvert.portalUrl, login)
  const at = (await browser.get('/new')).headers.get('location')!
  return {
    browser,
    at,
    tus: (method, path, headers = {}, body) =>
      fetch(new URL(path, kuvert.portalUrl), {
        method,
        headers: { ...cookies(browser), ...headers },
        ...(body && { body: new Uint8Array(body) }),
      }),
  }
}

function cookies(browser: Browser): Record<string, string> {
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  return { 'Tus-Resumable': '1.0.0', Origin: kuvert.portalUrl, cookie }
}

async function begun(by: Staff, sizeBytes = content.length, name = 'bild å.png') {
  const metadata = `filename ${Buffer.from(name).toString('base64')},filetype ${Buffer.from('image/png').toString('base64')}`
  const headers = { 'Upload-Length': String(sizeBytes), 'Upload-Metadata': metadata }
  return by.tus('POST', `${by.at}/files`, headers)
}

function patch(by: Staff, path: string, offset: number, body: Buffer) {
  const headers = { 'Upload-Offset': String(offset), 'Content-Type': 'application/offset+octet-stream' }
  return by.tus('PATCH', path, headers, body)
}

async function offsetOf(by: Staff, path: string): Promise<number> {
  return Number((await by.tus('HEAD', path)).headers.get('upload-offset'))
}

/** Sends the beginning of a request and drops the line. */
async function cutOff(by: Staff, path: string, offset: number, body: Buffer): Promise<void> {
  await new Promise<void>(resolve => {
    const headers = {
      ...cookies(by.browser),
      'Upload-Offset': String(offset),
      'Content-Type': 'application/offset+octet-stream',
    }
    const { hostname, port } = new URL(kuvert.portalUrl)
    const sent = httpRequest({
      hostname,
      port,
      path,
      method: 'PATCH',
      headers: { ...headers, 'Content-Length': body.length + 1000 },
    })
    sent.on('error', () => resolve())
    sent.on('close', () => resolve())
    // What the kernel has taken arrives before the end does.
    sent.write(body, () => sent.destroy())
  })
}

/** As clients do: asks where to go on, also where an earlier request has brought more in the meantime. */
async function goOn(by: Staff, path: string): Promise<Response> {
  const offset = await offsetOf(by, path)
  const answer = await patch(by, path, offset, content.subarray(offset))
  return answer.status === 409 ? goOn(by, path) : answer
}

async function downloaded(id: string): Promise<{ name: string; sha256: string }[]> {
  const { rows } = await kuvert.deps.db.query<{ position: number }>(
    'select position from files where message_id = $1 order by position',
    [id],
  )
  const recipient = openBrowser(kuvert.portalUrl)
  const path = await linkOf(id)
  await recipient.logIn(path, 'bertil')
  const files = []
  for (const { position } of rows) {
    const answer = await recipient.download(path, position)
    const name = /filename\*=UTF-8''(.*)$/.exec(answer.headers.get('content-disposition')!)![1]!
    files.push({ name: decodeURIComponent(name), sha256: sha256(Buffer.from(await answer.arrayBuffer())) })
  }
  return files
}

async function linkOf(messageId: string): Promise<string> {
  const [link] = await findLinksOfMessage(kuvert.deps, messageId)
  return `/l/${tokenOf(kuvert.deps.keyring, link!)}`
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function send(by: Staff) {
  const fields = { to: 'bertil@kommun.example', subject: 'Filer', text: 'Se filen.', 'login-kind': 'recipients' }
  return by.browser.post(by.at, { ...fields, do: 'send' })
}

test('a file that was cut off twice and went on arrives as it was', async () => {
  const anna = await staff()
  const created = await begun(anna)
  const path = created.headers.get('location')!
  expect(created.status).toBe(201)
  await cutOff(anna, path, 0, content.subarray(0, 5_000_000))
  const first = await offsetOf(anna, path)
  expect(first, 'what came is kept').toBeGreaterThan(0)
  await cutOff(anna, path, first, content.subarray(first, first + 10))
  const last = await goOn(anna, path)
  expect([last.status, last.headers.get('upload-offset')]).toEqual([204, String(content.length)])
  expect((await send(anna)).status).toBe(303)
  expect(await downloaded(anna.at.slice(5))).toEqual([{ name: 'bild å.png', sha256: sha256(content) }])
})

test('a file in several pieces is resumed by its recipient from anywhere', async () => {
  const anna = await staff()
  const path = (await begun(anna)).headers.get('location')!
  await patch(anna, path, 0, content)
  await send(anna)
  const link = await linkOf(anna.at.slice(5))
  const recipient = openBrowser(kuvert.portalUrl)
  await recipient.logIn(link, 'bertil')
  const ticket = (await recipient.post(`${link}/files/0`)).headers.get('location')!
  const part = await recipient.get(ticket, { Range: 'bytes=4194300-8388700' })
  expect(part.status).toBe(206)
  expect(Buffer.from(await part.arrayBuffer()).equals(content.subarray(4_194_300, 8_388_701))).toBe(true)
})

test('files come with the form as well, where there are no scripts', async () => {
  const anna = await staff()
  const form = new FormData()
  form.set('to', 'bertil@kommun.example')
  form.set('subject', 'Två filer')
  form.set('text', 'Här.')
  form.append('file', new Blob([new Uint8Array(content)]), 'stor.bin')
  form.append('file', new Blob(['liten']), 'stor.bin')
  form.append('file', new Blob([]), 'tom.txt')
  form.set('login-kind', 'recipients')
  form.set('do', 'send')
  const headers = cookies(anna.browser)
  const answer = await fetch(new URL(anna.at, kuvert.portalUrl), {
    method: 'POST',
    body: form,
    headers,
    redirect: 'manual',
  })
  expect(answer.status).toBe(303)
  expect(await downloaded(anna.at.slice(5))).toEqual([
    { name: 'stor.bin', sha256: sha256(content) },
    { name: 'stor (2).bin', sha256: sha256(Buffer.from('liten')) },
    { name: 'tom.txt', sha256: sha256(Buffer.alloc(0)) },
  ])
})

test('the text of a message with files stands in the mail, above its link', async () => {
  const anna = await staff()
  const path = (await begun(anna, 3, 'a.txt')).headers.get('location')!
  await patch(anna, path, 0, Buffer.from('abc'))
  await send(anna)
  const { rows } = await kuvert.deps.db.query('select copy, private, slim_slots from messages where id = $1', [
    anna.at.slice(5),
  ])
  expect(rows[0]).toMatchObject({ copy: 'detach', private: false, slim_slots: [{ kind: 'text' }, { kind: 'html' }] })
})

test('a message is not sent while one of its files is still on its way', async () => {
  const anna = await staff()
  const path = (await begun(anna)).headers.get('location')!
  await patch(anna, path, 0, content.subarray(0, 1000))
  const answer = await send(anna)
  expect(answer.status).toBe(422)
  expect(await answer.text()).toContain('Filerna är inte färdigt uppladdade. Vänta, eller ta bort dem: bild å.png')
})

test('what is removed is no longer sent', async () => {
  const anna = await staff()
  const path = (await begun(anna, 3)).headers.get('location')!
  await patch(anna, path, 0, Buffer.from('abc'))
  expect((await anna.tus('DELETE', path)).status).toBe(204)
  expect((await anna.tus('HEAD', path)).status).toBe(404)
})

test('of two requests with the same bytes, one counts', async () => {
  const anna = await staff()
  const path = (await begun(anna, 6)).headers.get('location')!
  const answers = await Promise.all([
    patch(anna, path, 0, Buffer.from('abc')),
    patch(anna, path, 0, Buffer.from('abc')),
  ])
  expect(answers.map(answer => answer.status).toSorted()).toEqual([204, 409])
  expect(await offsetOf(anna, path)).toBe(3)
})

describe('refused', () => {
  test.each([
    ['more than a file may have', () => begun(anna, 21 * 1024 * 1024), 413],
    ['no length', () => anna.tus('POST', `${anna.at}/files`), 413],
    ['a length that is no number', () => begun(anna, Number.NaN), 413],
    ['no version of the protocol', () => anna.tus('POST', `${anna.at}/files`, { 'Tus-Resumable': '0.9' }), 412],
    ['a draft that is no id', () => anna.tus('POST', '/new/kalle/files', { 'Upload-Length': '1' }), 404],
    [
      'another site',
      () => anna.tus('POST', `${anna.at}/files`, { 'Upload-Length': '1', Origin: 'https://x.example' }),
      403,
    ],
  ])('%s', async (_, ask, status) => {
    expect((await ask()).status).toBe(status)
  })
  let anna: Staff
  beforeAll(async () => {
    anna = await staff()
  })

  test('more bytes than were announced, and nothing of them is kept', async () => {
    const path = (await begun(anna, 3)).headers.get('location')!
    expect((await patch(anna, path, 0, Buffer.from('abcd'))).status).toBe(413)
    expect(await offsetOf(anna, path)).toBe(0)
  })

  test('whoever is not logged in, and somebody else who is', async () => {
    const path = (await begun(anna, 3)).headers.get('location')!
    const stranger = { ...anna, ...(await staff('bertil')) }
    expect((await patch({ ...stranger, at: anna.at }, path, 0, Buffer.from('abc'))).status).toBe(404)
    stranger.browser.cookies.clear()
    expect((await patch(stranger, path, 0, Buffer.from('abc'))).status).toBe(401)
    expect(await offsetOf(anna, path)).toBe(0)
  })

  test('the fourth file of a message that may have three', async () => {
    const by = await staff()
    const answers = []
    for (let count = 0; count < 4; count += 1) answers.push((await begun(by, 1)).status)
    expect(answers).toEqual([201, 201, 201, 413])
  })

  test('and where many are begun at the same time, all but three', async () => {
    const by = await staff()
    await begun(by, 1)
    const answers = await Promise.all(Array.from({ length: 20 }, () => begun(by, 1)))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(2)
  })
})

describe('without scripts, what may not come along is told of, and all else is kept', () => {
  async function posted(by: Staff, files: [string, number][]): Promise<Response> {
    const form = new FormData()
    const fields = { to: 'bertil@kommun.example', subject: 'Kvar', text: 'Hej' }
    for (const [name, value] of Object.entries(fields)) form.set(name, value)
    for (const [name, bytes] of files) form.append('file', new Blob([new Uint8Array(bytes)]), name)
    form.set('login-kind', 'recipients')
    form.set('do', 'send')
    const headers = cookies(by.browser)
    return fetch(new URL(by.at, kuvert.portalUrl), { method: 'POST', body: form, headers, redirect: 'manual' })
  }

  test.each([
    [
      'a file that is too large',
      [['stor.bin', 21 * 1024 ** 2]],
      'Filen är för stor (högst 20 MB) och togs inte med: stor.bin',
    ],
    [
      'a fourth file',
      ['a', 'b', 'c', 'd', 'e'].map(name => [name, 3]),
      'Ett meddelande kan ha högst 3 filer. Resten togs inte med.',
    ],
  ] as [string, [string, number][], string][])('%s', async (_, files, sentence) => {
    const anna = await staff()
    const answer = await posted(anna, [...files, ['liten.txt', 5]])
    expect(answer.status).toBe(422)
    const page = await answer.text()
    expect(page).toContain(sentence)
    expect(page).toContain('value="Kvar"')
    expect(await (await anna.browser.get(anna.at)).text(), 'the draft is saved').toContain('value="Kvar"')
  })
})
