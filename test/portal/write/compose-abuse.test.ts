import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestKuvert, type TestKuvert } from '../../support/kuvert.ts'
import { openBrowser, type Browser } from '../../support/browser.ts'
import { openRaw } from '../raw-request.ts'
import { send, staff } from '../sent/sent-message.ts'

let kuvert: TestKuvert
let anna: Browser
beforeAll(async () => {
  kuvert = await startTestKuvert({}, ['portal'])
  anna = await staff(kuvert)
})
afterAll(() => kuvert.close())

const script = '"><img src=x onerror=alert(1)><script>alert(1)</script>'
const escaped = '&lt;script&gt;alert(1)&lt;/script&gt;'

function headers(browser: Browser): Record<string, string> {
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  return { cookie, origin: kuvert.portalUrl }
}

async function uploaded(browser: Browser, at: string, name: string): Promise<string> {
  const more = { 'Tus-Resumable': '1.0.0', 'Upload-Length': '0' }
  const answer = await fetch(`${kuvert.portalUrl}${at}/files`, {
    method: 'POST',
    headers: { ...headers(browser), ...more, 'Upload-Metadata': `filename ${Buffer.from(name).toString('base64')}` },
  })
  expect(answer.status).toBe(201)
  return answer.headers.get('location')!
}

function imported(browser: Browser, bytes: string | Uint8Array<ArrayBuffer>): Promise<Response> {
  const form = new FormData()
  form.append('file', new Blob([bytes]), 'kontakter')
  return fetch(`${kuvert.portalUrl}/account/import`, { method: 'POST', body: form, headers: headers(browser) })
}

test('markup in names, subjects, addresses and texts is shown as it was written, on every page', async () => {
  const at = `/new/${randomUUID()}`
  await uploaded(anna, at, `a${script}.txt`)
  await anna.post(at, { to: script, subject: script, text: `</textarea>${script}`, max: script, do: 'save' })
  await anna.post('/account/contacts', { name: script, addresses: 'x@y.example', do: 'add' })
  await anna.post('/account/signature', { signature: `</textarea>${script}` })
  const form = {
    to: 'bertil@kommun.example',
    subject: script,
    text: script,
    private: 'yes',
    'login-kind': 'recipients',
  }
  await anna.post(at, { ...form, do: 'send-anyway' })
  const draft = `/new/${randomUUID()}`
  await uploaded(anna, draft, `a${script}.txt`)
  await anna.post(draft, { ...form, to: script, do: 'save' })
  const refused = await anna.post('/account/contacts', { name: script, addresses: script, do: 'add' })
  const import1 = await imported(anna, `Namn;E-post\r\n"${script.replaceAll('"', '""')}";ingen\r\n`)
  const sent = `/sent/${at.slice(5)}`
  const pages = [draft, '/account', '/sent', sent, `${sent}?text`, `/sent?search=${encodeURIComponent(script)}`]
  const bertil = await staff(kuvert, 'bertil')
  const answers = await Promise.all(pages.map(path => anna.get(path)))
  for (const answer of [...answers, refused, import1, await bertil.get('/received')]) {
    const page = await answer.text()
    expect(page, answer.url).toContain(escaped.slice(0, 20))
    expect(page, answer.url).not.toMatch(/<script>|<img src=x/)
  }
})

test('what is in the address of a page chooses nothing that is not there', async () => {
  const at = await send(anna)
  for (const query of ['done=toString', 'done=__proto__', 'done[]=added', 'text[]=1', 'lang=constructor']) {
    expect((await anna.get(`${at}?${query}`)).status, query).toBe(200)
  }
  for (const path of [
    '/sent?before=x',
    '/sent?search=%00',
    '/sent?search[]=a',
    '/received?before=9%2C9',
    '/suggestions?typed[]=a',
  ])
    expect((await anna.get(path)).status, path).toBe(200)
})

test.each([
  '//evil.example',
  '/\\evil.example',
  'https://evil.example/new',
  '/new/../..//evil.example',
  '/new%0d%0aX: y',
  '/l/x',
])('a login leads to no other site and to no other page: %s', async to => {
  const answer = await openBrowser(kuvert.portalUrl).post('/login', { login: 'anna', password: 'anna-ord', to })
  expect(answer.headers.get('location')).toBe('/new')
})

describe('another site', () => {
  const id = randomUUID()
  test.each([
    ['/login', { login: 'anna', password: 'anna-ord' }],
    ['/logout', {}],
    [`/new/${id}`, { do: 'send' }],
    ['/account/signature', { signature: 'x' }],
    ['/account/contacts', { name: 'a', addresses: 'a@b.example', do: 'add' }],
    ['/account/defaults', { 'login-kind': 'none' }],
    ['/account/import', {}],
    [`/sent/${id}/recipients`, { to: 'a@b.example' }],
    [`/sent/${id}/extend`, {}],
    [`/sent/${id}/max`, {}],
    [`/sent/${id}/resend`, {}],
    [`/sent/${id}/revoke`, {}],
    [`/new/${id}/files`, {}],
  ])('posts nothing to %s', async (path, fields) => {
    for (const origin of ['https://evil.example', 'null', `${kuvert.portalUrl}.evil.example`])
      expect((await anna.post(path, fields as Record<string, string>, { origin })).status).toBe(403)
  })
})

test('nobody comes to the files of another one’s draft, also by their own', async () => {
  const at = `/new/${randomUUID()}`
  const file = await uploaded(anna, at, 'a.txt')
  const bertil = await staff(kuvert, 'bertil')
  const own = `/new/${randomUUID()}`
  await uploaded(bertil, own, 'b.txt')
  const upload = file.split('/').pop()!
  for (const path of [file, `${own}/files/${upload}`])
    for (const method of ['HEAD', 'DELETE']) {
      const answer = await fetch(kuvert.portalUrl + path, {
        method,
        headers: { ...headers(bertil), 'Tus-Resumable': '1.0.0' },
      })
      expect(answer.status).toBe(404)
    }
  await bertil.post(own, { do: `remove:${upload}` })
  await bertil.post(at, { do: `remove:${upload}` })
  await bertil.post(at, { do: 'discard' })
  expect(await (await anna.get(at)).text()).toContain('a.txt')
})

describe('what is made to keep the portal busy is answered like anything else', () => {
  const megabyte = 1_000_000
  test.each([
    ['brackets that never close', '<'.repeat(80_000)],
    ['quotes that never close', '"'.repeat(80_001)],
    ['both', '"<'.repeat(40_000)],
    ['the same address fourteen thousand times', 'a@b.example,'.repeat(14_000)],
    ['at signs', '@'.repeat(80_000)],
    ['dots and dashes', `a@${'a-.'.repeat(60_000)}`],
  ])('an address field with %s', async (_, addresses) => {
    const answer = await anna.post('/account/contacts', { name: 'Mycket', addresses, do: 'add' })
    expect([303, 413, 422]).toContain(answer.status)
    expect((await answer.text()).length).toBeLessThan(megabyte)
  })

  test.each([
    ['cards that never end', 'BEGIN:VCARD\r\n'.repeat(75_000)],
    ['a line that goes on and on', `BEGIN:VCARD\r\nNOTE;QUOTED-PRINTABLE:${'=\n'.repeat(480_000)}`],
    ['a word again and again', `BEGIN:VCARD\r\n${'QUOTED-PRINTABLE'.repeat(60_000)}`],
    ['parameters that never end', `BEGIN:VCARD\r\nFN${';a="'.repeat(240_000)}`],
    ['folds', `BEGIN:VCARD\r\nFN:${'\n '.repeat(480_000)}`],
    ['brackets', `BEGIN:VCARD\r\nFN:x\r\nEMAIL:${'<'.repeat(900_000)}\r\nEND:VCARD\r\n`],
    ['a table of quotes', `Namn;E-post\r\n${'"'.repeat(900_000)}`],
    ['a table of separators', `Namn;E-post\r\n${';'.repeat(900_000)}`],
    ['a table of brackets', `Namn;E-post\r\nx;${'<'.repeat(900_000)}`],
    ['a hundred thousand names', `Namn;E-post\r\n${'a;b\r\n'.repeat(190_000)}`],
    ['a hundred thousand good contacts', Array.from({ length: 60_000 }, (_, index) => `${index};a@b.se\r\n`).join('')],
    ['zeros', '\0'.repeat(900_000)],
    ['more than a file of contacts has', 'x'.repeat(5_000_000)],
  ])('an import of %s', async (_, text) => {
    const cecilia = await staff(kuvert, 'cecilia')
    const answer = await imported(cecilia, text)
    expect([200, 422]).toContain(answer.status)
    const { rows } = await kuvert.deps.db.query(
      `select count(*)::int as count from contacts where account_id = 'cecilia'`,
    )
    expect(rows[0]!['count']).toBeLessThanOrEqual(5000)
    await kuvert.deps.db.query(`delete from contacts where account_id = 'cecilia'`)
  })

  test.each([
    ['tags that never close', '<div>'.repeat(10_000)],
    ['brackets', '<'.repeat(50_000)],
    ['ends of comments', '<!--'.repeat(12_000)],
    ['attributes', `<a ${'href="x" '.repeat(6000)}`],
  ])('a signature of %s', async (_, html) => {
    expect((await anna.post('/account/signature', { 'signature-html': html })).status).toBe(303)
    expect((await anna.get('/account')).status).toBe(200)
  })

  test('many forms at once of nobody who is logged in, which never end', async () => {
    const at = `/new/${randomUUID()}`
    const head = [`POST ${at} HTTP/1.1`, 'Host: localhost', `Origin: ${kuvert.portalUrl}`, 'Content-Length: 9999999']
    const part = ['--x', 'Content-Disposition: form-data; name="text"', '', 'x'.repeat(100_000)]
    const endless = [...head, 'Content-Type: multipart/form-data; boundary=x', '', ...part].join('\r\n')
    const sockets = await Promise.all(Array.from({ length: 8 }, () => openRaw(kuvert.portalUrl)))
    for (const socket of sockets) socket.write(endless)
    const form = new FormData()
    form.set('text', 'Skrivet')
    const post = async () => {
      const origin = { origin: kuvert.portalUrl }
      return (await fetch(kuvert.portalUrl + at, { method: 'POST', body: form, headers: origin })).text()
    }
    // Beyond so many, a login is asked for and nothing is carried along.
    await expect.poll(post).not.toContain('Skrivet')
    for (const socket of sockets) socket.destroy()
    await expect.poll(post).toContain('value="Skrivet"')
  })

  test('a thousand files in one form', async () => {
    const form = new FormData()
    for (let count = 0; count < 1000; count += 1) form.append('file', new Blob(['x']), 'x.txt')
    form.set('do', 'send')
    const at = `/new/${randomUUID()}`
    const answer = await fetch(kuvert.portalUrl + at, { method: 'POST', body: form, headers: headers(anna) })
    expect([413, 422]).toContain(answer.status)
  })
})
