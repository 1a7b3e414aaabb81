import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { alter } from '../../support/keyring.ts'
import { largeHtml } from '../../support/large-html.ts'
import { startTestPortal, type TestPortal } from '../../support/test-portal.ts'

let portal: TestPortal
beforeAll(async () => {
  portal = await startTestPortal()
})
afterAll(() => portal.close())

const plain = (text: string) => `Content-Type: text/plain; charset=utf-8\r\n\r\n${text}`
const formatted = (text: string) => `Content-Type: text/html; charset=utf-8\r\n\r\n<p>${text} <b>fet</b></p>`
const multipart = (kind: string, ...parts: string[]) => {
  const boundary = `b${kind.length}${parts.length}${parts.join('').length}`
  const body = parts.map(part => `--${boundary}\r\n${part}\r\n`).join('')
  return `Content-Type: multipart/${kind}; boundary=${boundary}\r\n\r\n${body}--${boundary}--`
}
const picture = 'Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\naGVq'
const alternative = multipart('alternative', plain('Brevet'), formatted('Brevet'))

/** Private mails as clients and servers write them, and what each must show, in this order. */
const shapes: [name: string, mail: string, texts: string[]][] = [
  [
    'a text before HTML',
    multipart('mixed', plain('Kod: 4711 & <0>'), formatted('Resten')),
    ['Kod: 4711 & <0>', 'Resten'],
  ],
  ['a text, a file and HTML', multipart('mixed', plain('Först'), picture, formatted('Sedan')), ['Först', 'Sedan']],
  ['a list’s footer', multipart('mixed', alternative, plain('Listans fot')), ['Brevet', 'Listans fot']],
  ['a footer in HTML', multipart('mixed', plain('Brevet'), formatted('Fot')), ['Brevet', 'Fot']],
  [
    'HTML, a picture and HTML for those who read formatted mail',
    multipart('alternative', plain('Enkelt'), multipart('mixed', formatted('Ett'), picture, formatted('Två'))),
    ['Ett', 'Två'],
  ],
  [
    'an alternative without HTML, and HTML beside it',
    multipart('mixed', multipart('alternative', plain('Kallelse'), picture), formatted('Mer')),
    ['Kallelse', 'Mer'],
  ],
  ['texts alone', multipart('mixed', plain('Ett'), plain('Två'), plain('Tre')), ['Ett', 'Två', 'Tre']],
]

describe('every text of a private mail is shown, in its order', () => {
  test.each(shapes)('%s', async (_, mail, texts) => {
    const shown = await shownTexts(Buffer.from(`MIME-Version: 1.0\r\n${mail}\r\n`))
    const places = texts.map(text => shown.indexOf(text))
    expect(places).not.toContain(-1)
    expect(places).toEqual(places.toSorted((one, other) => one - other))
  })

  test('and of alternatives one alone', async () => {
    const shown = await shownTexts(Buffer.from(`MIME-Version: 1.0\r\n${alternative}\r\n`))
    expect(shown.match(/Brevet/g)).toHaveLength(1)
    expect(shown).toContain('fet')
  })

  test('HTML keeps its looks, and text its lines', async () => {
    const mail = multipart('mixed', plain('rad 1\r\n  rad 2'), formatted('x'))
    const html = await formattedText(Buffer.from(`MIME-Version: 1.0\r\n${mail}\r\n`))
    expect(html).toContain('<pre>rad 1\n  rad 2</pre>')
    expect(html).toContain('<b>fet</b>')
  })
})

test('what is not shown is spoken of: a picture that no text shows, or another mail', async () => {
  for (const part of [picture, `Content-Type: message/rfc822\r\n\r\n${plain('x')}`]) {
    const { path, browser } = await open(Buffer.from(multipart('mixed', formatted('x'), part)))
    expect(await (await browser.get(`${path}/text`)).text()).toContain('Allt visas inte här')
  }
  const { path, browser } = await open(Buffer.from(multipart('mixed', formatted('x'), plain('y'))))
  expect(await (await browser.get(`${path}/text`)).text()).not.toContain('Allt visas inte här')
})

test('their sender reads all of them as text, and is told of one that is too much', async () => {
  const table = `Content-Type: text/html; charset=utf-8\r\n\r\n<h1>Kallelse</h1><table><tr><td>Tid</td><td>9 &amp; 10</td></tr></table>`
  const seen = await Promise.all(
    [multipart('mixed', alternative, plain('Fot')), table, formatted(largeHtml['nested tags']!(1024 * 1024))].map(
      seenBySender,
    ),
  )
  expect(seen[0]).toMatch(/<pre[^>]*>Brevet\s+Fot\s*<\/pre>/)
  expect(seen[1]).toMatch(/<pre[^>]*>Kallelse\n\nTid 9 &amp; 10<\/pre>/)
  expect(seen[2]).toContain('för lång eller för invecklad för att visas här')
})

async function seenBySender(mail: string): Promise<string> {
  const files = [{ name: 'message.eml', content: Buffer.from(mail), kind: 'body' as const }]
  const { id } = await portal.message({ login: 'none', files })
  await alter(portal.deps, "update messages set sender_account = 'anna' where id = $1", [id])
  const browser = portal.browser()
  await browser.post('/login', { login: 'anna', password: 'anna-ord' })
  return (await browser.get(`/sent/${id}?text`)).text()
}

async function open(content: Buffer) {
  const files = [{ name: 'message.eml', content, kind: 'body' as const, mediaType: 'message/rfc822' }]
  const { path } = await portal.message({ login: 'none', files })
  const browser = portal.browser()
  await browser.post(`${path}/text`)
  return { path, browser }
}

async function formattedText(content: Buffer): Promise<string> {
  const { path, browser } = await open(content)
  return (await browser.get(`${path}/text/html`)).text()
}

/** As a reader sees it, formatted or not. */
async function shownTexts(content: Buffer): Promise<string> {
  const { path, browser } = await open(content)
  const page = await (await browser.get(`${path}/text`)).text()
  const shown = page.includes('<iframe') ? await (await browser.get(`${path}/text/html`)).text() : page
  const signs: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" }
  return shown.replace(/&[a-z0-9#]+;/g, sign => signs[sign] ?? sign)
}
