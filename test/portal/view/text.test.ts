import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestPortal, type TestPortal } from '../../support/test-portal.ts'

let portal: TestPortal
beforeAll(async () => {
  portal = await startTestPortal()
})
afterAll(() => portal.close())

const mime = (type: string, text: string) =>
  Buffer.from(
    `MIME-Version: 1.0\r\nContent-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${text}\r\n`,
  )
const privateText = (content: Buffer, max: number | null = 1) => ({
  login: 'recipients' as const,
  max,
  files: [
    { name: 'message.eml', content, kind: 'body' as const, mediaType: 'message/rfc822' },
    { name: 'bilaga.pdf', content: Buffer.from('bilagan') },
  ],
})

test('a private text is shown once it is asked for, counted once, and survives reloads in its browser', async () => {
  const message = await portal.message(privateText(mime('text/plain', 'Hej Anna & <alla>,\r\n\r\nvi ses i Örebro.')))
  const browser = portal.browser()
  await browser.logIn(message.path, 'anna')
  const page = await (await browser.get(message.path)).text()
  expect(page).toContain('Visa texten')
  expect(page).not.toContain('message.eml')
  expect(page).not.toContain('Örebro')
  const early = await browser.get(`${message.path}/text`)
  expect([early.status, early.headers.get('location')]).toEqual([303, message.path])

  const asked = await browser.post(`${message.path}/text`)
  expect(asked.headers.get('location')).toBe(`${message.path}/text`)
  for (let time = 0; time < 3; time += 1) {
    const text = await (await browser.get(`${message.path}/text`)).text()
    expect(text).toContain('Hej Anna &amp; &lt;alla&gt;,\n\nvi ses i Örebro.')
  }
  const { rows } = await portal.db.query('select file_id, used from counts')
  expect(rows).toEqual([{ file_id: message.files[0]!.id, used: 1 }])
  expect((await browser.post(`${message.path}/text`)).status).toBe(303)
  expect((await portal.db.query('select used from counts')).rows).toEqual([{ used: 1 }])
  const reloaded = await (await browser.get(message.path)).text()
  expect(reloaded).toMatch(/Texten kan visas igen i den här webbläsaren till kl. \d\d:\d\d \S+ utan att det räknas/)
  expect(reloaded.match(/action="[^"]*\/text"/g)).toHaveLength(1)
  expect(reloaded).not.toContain('Visad så många gånger')
})

test('the shown text can be downloaded as it was sealed, at no further cost', async () => {
  const content = mime('text/plain', 'Hej')
  const message = await portal.message(privateText(content))
  const browser = portal.browser()
  await browser.logIn(message.path, 'anna')
  await browser.post(`${message.path}/text`)
  const page = await (await browser.get(`${message.path}/text`)).text()
  const response = await browser.get(/href="(\/d\/[^"]+)"/.exec(page)![1]!)
  expect(response.headers.get('content-disposition')).toContain('filename="message.eml"')
  expect(Buffer.from(await response.arrayBuffer())).toEqual(content)
})

test('somebody who is not logged in, or no recipient, or in another browser, sees no text', async () => {
  const message = await portal.message(privateText(mime('text/plain', 'Hemligheten')))
  const browser = portal.browser()
  await browser.logIn(message.path, 'anna')
  await browser.post(`${message.path}/text`)
  const others = { stranger: portal.browser(), colleague: portal.browser(), 'same person elsewhere': portal.browser() }
  await others.colleague.logIn(message.path, 'cecilia')
  await others['same person elsewhere'].logIn(message.path, 'anna')
  for (const other of Object.values(others)) {
    const shown = await other.get(`${message.path}/text`)
    expect(await shown.text()).not.toContain('Hemligheten')
  }
  expect((await others.stranger.post(`${message.path}/text`)).headers.get('location')).toBe(message.path)
  expect((await others.colleague.post(`${message.path}/text`)).status).toBe(403)
})

test.each([
  ['no text is said to be none', mime('text/plain', ''), 'Meddelandet har ingen text'],
  ['what is no mail at all is shown as it is', Buffer.from('\r\nbara ord'), 'bara ord'],
  [
    'text above 20 MiB is not shown, but offered',
    mime('text/plain', 'x'.repeat(21 * 1024 * 1024)),
    'för lång eller för invecklad för att visas',
  ],
  [
    'HTML above 2 MiB is not shown, but offered',
    mime('text/html', 'x'.repeat(3 * 1024 * 1024)),
    'för lång eller för invecklad för att visas',
  ],
])('%s', async (_, content, shown) => {
  const message = await portal.message(privateText(content, null))
  const browser = portal.browser()
  await browser.logIn(message.path, 'anna')
  await browser.post(`${message.path}/text`)
  const response = await browser.get(`${message.path}/text`)
  const page = await response.text()
  expect(response.status).toBe(200)
  expect(page).toContain(shown)
  expect(page.length).toBeLessThan(10_000)
})

test('a message without a private text has no text page', async () => {
  const message = await portal.message({ login: 'none' })
  const browser = portal.browser()
  await browser.download(message.path)
  expect((await browser.post(`${message.path}/text`)).status).toBe(404)
  expect((await browser.get(`${message.path}/text`)).status).toBe(404)
})
