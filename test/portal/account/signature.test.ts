import { simpleParser, type ParsedMail } from 'mailparser'
import type { Browser as Chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { saveAccountSettings } from '#database/account-settings.ts'
import { openChromium } from '../../support/chromium.ts'
import { startTestKuvert, type TestKuvert } from '../../support/kuvert.ts'
import { findServer } from '../../support/servers.ts'
import { startSmtpSink, type SmtpSink } from '../../support/smtp-sink.ts'
import { openLoggedIn, type Browser } from '../../support/browser.ts'

let sink: SmtpSink
let kuvert: TestKuvert
beforeAll(async () => {
  sink = await startSmtpSink()
  const nextHop = { kind: 'smtp' as const, host: '127.0.0.1', port: sink.port }
  kuvert = await startTestKuvert({ nextHop }, ['portal', 'courier'])
})
afterAll(async () => {
  await kuvert.close()
  await sink.stop()
})

const staff = (login = 'anna') => openLoggedIn(kuvert.portalUrl, login)

/** What the page shows in its field of HTML. */
async function kept(browser: Browser, html: string, text = ''): Promise<{ html: string; text: string }> {
  await browser.post('/account/signature', { signature: text, 'signature-html': html })
  const page = await (await browser.get('/account')).text()
  const field = (id: string) => plain(new RegExp(`id="${id}"[^>]*>\\n([^<]*)</textarea>`).exec(page)![1]!)
  return { html: field('signature-html'), text: field('signature') }
}

function plain(escaped: string): string {
  return escaped.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&')
}

/** The mail to Bertil of a message that is sent now, with a file, so that its text stands in the mail. */
async function sentMail(browser: Browser): Promise<ParsedMail> {
  const before = sink.mails.length
  const at = (await browser.get('/new')).headers.get('location')!
  const form = new FormData()
  const fields = { to: 'bertil@kommun.example', subject: 'S', text: 'Hej', 'login-kind': 'recipients', do: 'send' }
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  form.set('file', new Blob(['x']), 'x.txt')
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const headers = { cookie, origin: kuvert.portalUrl }
  await fetch(new URL(at, kuvert.portalUrl), { method: 'POST', body: form, headers })
  await expect.poll(() => sink.mails.length).toBe(before + 1)
  return simpleParser(sink.mails[before]!.bytes)
}

describe('of a formatted signature is kept', () => {
  test.each([
    [
      'bold type, links, lists and lines',
      '<p><b>Anna</b><br /><a href="https://x.example">x</a></p><ul><li>1</li></ul>',
    ],
    ['no script', '<script>alert(1)</script><p onclick="alert(1)">Anna</p>', '<p>Anna</p>'],
    ['no link that does something', '<a href="java&#10;script:alert(1)">x</a>', '<a>x</a>'],
    [
      'no frame, form, image or style',
      '<iframe src="/"></iframe><form><input></form><img src="//x.example/y"><style>*{}</style>Anna',
      'Anna',
    ],
    ['no way out of the field that it is shown in', 'Anna</textarea><script>alert(1)</script>', 'Anna'],
    ['nothing, where it has no text', '<p><br></p>', ''],
    [
      'what Word makes of a line',
      '<!--[if gte mso 9]><xml>1</xml><![endif]--><p class="MsoNormal" style="color:red">Anna<o:p></o:p></p>',
      '<p>Anna</p>',
    ],
  ])('%s', async (_, given, expected = given) => {
    expect((await kept(await staff(), given)).html).toBe(expected)
  })
})

test('a formatted signature alone brings its text along; one of its own goes before it', async () => {
  const anna = await staff()
  const html = '<p><b>Anna</b> &amp; Co</p><table><tr><td>Tel</td><td>019</td></tr></table>'
  expect((await kept(anna, html)).text).toBe('Anna & Co\nTel 019')
  expect((await kept(anna, html, 'Egen text')).text).toBe('Egen text')
})

test('the mail has the formatted one in its HTML and the text in its text', async () => {
  const anna = await staff()
  await kept(anna, '<p><b>Anna Åkesson</b></p>', 'Anna Åkesson\r\nSocialtjänsten')
  const mail = await sentMail(anna)
  expect(mail.html).toContain('<p><b>Anna Åkesson</b></p>')
  expect(mail.text).toMatch(/Hej\s+Anna Åkesson\nSocialtjänsten\s*$/)
})

test('what came into the database in another way is made harmless before it is sent or shown', async () => {
  const chosen = { signatureText: '', signatureHtml: '<b>A</b><script>alert(1)</script>', defaults: {} }
  await saveAccountSettings(kuvert.deps.db, 'anna', chosen)
  const anna = await staff()
  expect(await (await anna.get('/account')).text()).not.toContain('alert(1)')
  const mail = await sentMail(anna)
  expect(mail.html).toContain('<b>A</b>')
  expect(mail.html).not.toContain('alert(1)')
})

describe.skipIf(!findServer('chromium'))('in Chromium', () => {
  let chromium: Chromium
  beforeAll(async () => {
    chromium = await openChromium()
  })
  afterAll(() => chromium.close())

  test('a signature is written with bold type, saved, and shown as it looks', async () => {
    const page = await (await chromium.newContext({ locale: 'sv-SE' })).newPage()
    const complaints: string[] = []
    page.on('console', line => complaints.push(line.text()))
    await page.goto(kuvert.portalUrl)
    await page.fill('#login', 'cecilia')
    await page.fill('#password', 'cecilia-ord')
    await page.click('form.login button')
    await page.waitForURL(/\/new\//)
    await page.goto(`${kuvert.portalUrl}/account`)
    const editor = page.getByRole('textbox', { name: 'Formaterad signatur' })
    await editor.focus()
    await page.getByRole('button', { name: 'Fet' }).click()
    await page.keyboard.type('Cecilia Ek')
    await page.getByRole('button', { name: 'Spara' }).first().click()
    await page.getByText('Sparat.').waitFor()
    expect(await editor.locator('b').textContent()).toBe('Cecilia Ek')
    expect(await page.getByLabel('Signatur som text').inputValue()).toBe('Cecilia Ek')
    expect(complaints).toEqual([])
  })
})
