import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { safeHtml } from '#portal/view/safe-html.ts'
import { hasServer } from '../../support/servers.ts'
import { openChromium } from '../../support/chromium.ts'
import { startTestPortal, type TestPortal } from '../../support/test-portal.ts'

const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** A private body as a client writes it: formatted, with a picture of its own, and with everything that must not get through. */
const body = Buffer.from(
  [
    'MIME-Version: 1.0',
    'Content-Type: multipart/related; boundary=r',
    '',
    '--r',
    'Content-Type: text/html; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    '<html><head><style>@import url(https://evil.example/a.css)</style></head><body onload="alert(1)">',
    '<p style="color:#036">Vi ses i <b>Örebro</b>.</p><img src="cid:logo@x" alt="logotyp">',
    '<img src="https://evil.example/pixel.gif"><script>document.title="hijacked"</script>',
    '<form action="https://evil.example"><input name="p"><button>ok</button></form><a href="javascript:alert(1)">klicka</a>',
    '<a href="https://example.org/">en länk</a></body></html>',
    '--r',
    'Content-Type: image/png',
    'Content-ID: <logo@x>',
    'Content-Transfer-Encoding: base64',
    '',
    pixel,
    '--r--',
    '',
  ].join('\r\n'),
)

let portal: TestPortal
beforeAll(async () => {
  portal = await startTestPortal()
})
afterAll(() => portal.close())

const message = () =>
  portal.message({
    login: 'none',
    max: 1,
    files: [{ name: 'message.eml', content: body, kind: 'body', mediaType: 'message/rfc822' }],
  })

test('a formatted text is shown in a frame of its own, with its own pictures, and nothing else', async () => {
  const { path } = await message()
  const browser = portal.browser()
  await browser.post(`${path}/text`)
  const page = await browser.get(`${path}/text`)
  expect(await page.text()).toMatch(
    new RegExp(`<iframe[^>]* src="${path}/text/html"\\s+sandbox="allow-popups allow-popups-to-escape-sandbox"`),
  )
  const shown = await browser.get(`${path}/text/html`)
  expect(shown.headers.get('content-security-policy')).toMatch(
    /^sandbox allow-popups .*default-src 'none'; img-src data:;/,
  )
  const html = await shown.text()
  expect(html).toContain('<b>Örebro</b>')
  expect(html).toContain(`src="data:image/png;base64,${pixel}"`)
  expect(html).not.toMatch(/evil\.example|script|<form|<input|javascript:|onload|@import/)
})

test('nobody gets the formatted text without a ticket of this browser', async () => {
  const { path } = await message()
  await portal.browser().post(`${path}/text`)
  const other = await portal.browser().get(`${path}/text/html`)
  expect(other.status).toBe(303)
  expect(await other.text()).not.toContain('Örebro')
})

describe('safeHtml', () => {
  test.each([
    ['<img src="data:image/svg+xml;base64,PHN2Zz4=">', ''],
    ['<img src="//evil.example/x.png">', ''],
    ['<a href="data:text/html,x">x</a>', '<a target="_blank" rel="noopener noreferrer nofollow">x</a>'],
    ['<iframe src="https://evil.example"></iframe>x', 'x'],
    ['<svg onload=alert(1)>x</svg>', 'x'],
    ['<p onclick="x()" style="color:red">x</p>', '<p style="color:red">x</p>'],
    ['<p style="background:url(http://evil.example/x);color:red">x</p>', '<p style="color:red">x</p>'],
    ['<p style="background:u\\72l(http://evil.example/x)">x</p>', '<p>x</p>'],
    ["<p style=\"width:image-set('x');content:'x';position:fixed\">x</p>", '<p>x</p>'],
    [
      '<p style="color:rgb(1, 2, 3);width:calc(50% - 2px)">x</p>',
      '<p style="color:rgb(1, 2, 3);width:calc(50% - 2px)">x</p>',
    ],
    ['<base href="https://evil.example/"><meta http-equiv=refresh content=0>x', 'x'],
  ])('%s becomes %s', (source, harmless) => {
    expect(safeHtml(source)?.html).toBe(harmless)
  })

  test('says so when a picture was left out', () => {
    expect(safeHtml('<img src="https://example.org/a.png">')).toEqual({ html: '', leftOut: true, used: [] })
    expect(safeHtml(`<img src="data:image/png;base64,${pixel}">`)?.leftOut).toBe(false)
  })
})

describe.skipIf(!hasServer('chromium'))('in a real browser', () => {
  test('the text is readable in its frame, and no script of it runs', async () => {
    const { path } = await message()
    const chromium = await openChromium()
    try {
      const page = await chromium.newPage({ locale: 'sv-SE' })
      const foreign: string[] = []
      page.on(
        'request',
        request =>
          void (
            request.url().startsWith(portal.origin) ||
            request.url().startsWith('data:') ||
            foreign.push(request.url())
          ),
      )
      await page.goto(`${portal.origin}${path}`)
      await page.getByRole('button', { name: 'Visa texten' }).click()
      const frame = page.frameLocator('iframe.message-text')
      await frame.getByText('Vi ses i Örebro.').waitFor()
      const picture = await frame
        .getByAltText('logotyp')
        .evaluate(image => (image as unknown as { naturalWidth: number }).naturalWidth)
      expect(picture).toBe(1)
      expect(await page.title()).not.toContain('hijacked')
      expect(foreign).toEqual([])
    } finally {
      await chromium.close()
    }
  })
})
