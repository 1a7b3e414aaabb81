import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasServer } from '../support/servers.ts'
import { openChromium } from '../support/chromium.ts'
import { everyPage } from './every-page.ts'
import { mailedCode, wrongCode } from './mailed-code.ts'
import { startTestPortal, type TestPortal } from './test-portal.ts'

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

describe.skipIf(!hasServer('chromium'))('in Chromium', () => {
  let portal: TestPortal
  let chromium: Browser
  beforeAll(async () => {
    portal = await startTestPortal({ limits: { failedLogins: 3, failedLoginsPerAddress: 1000 } })
    chromium = await openChromium()
  })
  afterAll(async () => {
    await chromium.close()
    await portal.close()
  })

  const looks = [
    { width: 320, height: 640, colorScheme: 'dark', language: 'sv' },
    { width: 1200, height: 800, colorScheme: 'light', language: 'en' },
  ] as const

  describe.each(looks)('$width pixels wide, $colorScheme, $language', ({ width, height, colorScheme, language }) => {
    test.each(Object.keys(everyPage))('axe finds nothing wrong with: %s', async name => {
      const context = await chromium.newContext({ viewport: { width, height }, colorScheme, bypassCSP: true })
      const page = await context.newPage()
      await everyPage[name]!(portal, page, language)
      expect(await page.getAttribute('html', 'lang')).toBe(language)
      expect(await seriousFindings(page)).toEqual([])
      // Nothing is cut off or has to be scrolled sideways (WCAG 1.4.10).
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
      await shoot(page, `${name}-${width}-${language}-${colorScheme}`)
      await context.close()
    })
  })

  test('by keyboard alone, without JavaScript: from the link through the login to the file', async () => {
    const message = await portal.message({ login: 'recipients' })
    const context = await chromium.newContext({ javaScriptEnabled: false, acceptDownloads: true })
    const page = await context.newPage()
    await page.goto(portal.origin + message.path)
    await tabTo(context, page, 'Användarnamn')
    await page.keyboard.type('anna')
    await page.keyboard.press('Tab')
    await page.keyboard.type('fel')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').waitFor()
    // After a wrong password the focus is where it is to be typed again.
    await page.keyboard.type('anna-ord')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Underlag till mötet' }).waitFor()
    await tabTo(context, page, 'Hämta rapport.pdf')
    const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')])
    expect(download.suggestedFilename()).toBe('rapport.pdf')
    expect(await readFile(await download.path(), 'utf8')).toBe('filens bytes')
    await page.reload()
    await tabTo(context, page, 'Logga ut')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Logga in' }).waitFor()
    await context.close()
  })

  test('by keyboard alone, without JavaScript: an outsider asks for a code, mistypes it, and opens the message', async () => {
    const message = await portal.message({ login: 'recipients', recipients: ['kim@foretag.example'] })
    const context = await chromium.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(portal.origin + message.path)
    await tabTo(context, page, 'Mejla en kod')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Skriv in koden' }).waitFor()
    const code = await mailedCode(portal.db, 'kim@foretag.example')
    await tabTo(context, page, 'Kod')
    await page.keyboard.type(wrongCode(code))
    await page.keyboard.press('Enter')
    await page.getByRole('alert').waitFor()
    // After a wrong code the focus is where it is to be typed again.
    await page.keyboard.type(`${code.slice(0, 3)} ${code.slice(3)}`)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Underlag till mötet' }).waitFor()
    await tabTo(context, page, 'Logga ut')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Logga in' }).waitFor()
    await context.close()
  })

  test('no page breaks its own content security policy', async () => {
    const complaints: string[] = []
    for (const show of Object.values(everyPage)) {
      const context = await chromium.newContext()
      const page = await context.newPage()
      page.on('console', line => complaints.push(line.text()))
      await show(portal, page, 'sv')
      await context.close()
    }
    expect(complaints.filter(line => /Content Security Policy/i.test(line))).toEqual([])
  })
})

async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(axeSource)
  const results = (await page.evaluate(
    'axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })',
  )) as { violations: { id: string; nodes: { html: string }[] }[] }
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(node => node.html).join(' ')}`)
}

/** Presses Tab until what has the focus has this accessible name. */
async function tabTo(context: BrowserContext, page: Page, name: string): Promise<void> {
  const devtools = await context.newCDPSession(page)
  for (let presses = 0; presses < 30; presses += 1) {
    await page.keyboard.press('Tab')
    const { nodes } = await devtools.send('Accessibility.getFullAXTree')
    const focused = nodes.findLast(node =>
      node.properties?.some(({ name: key, value }) => key === 'focused' && value.value === true),
    )
    if (String(focused?.name?.value ?? '').trim() === name) return
  }
  throw new Error(`Nothing called "${name}" can be reached with the keyboard.`)
}

/** Pictures to look at, where a folder for them is named. */
async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env['KUVERT_TEST_PICTURES']
  if (folder) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true })
}
