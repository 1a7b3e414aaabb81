import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasServer } from '../../support/servers.ts'
import { openChromium } from '../../support/chromium.ts'
import { everyPage as everyVisitorsPage } from '../every-page.ts'
import { everyStaffPage } from '../every-staff-page.ts'
import { mailedCode, wrongCode } from '../../support/mailed-code.ts'
import { tabTo } from '../tab-to.ts'
import { startTestPortal, type TestPortal } from '../../support/test-portal.ts'

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const everyPage = { ...everyVisitorsPage, ...everyStaffPage }

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
    test.each(Object.keys(everyPage))(
      'axe finds nothing wrong with %s, it fits, and keeps to its own policy',
      async name => {
        const context = await chromium.newContext({ viewport: { width, height }, colorScheme })
        const page = await context.newPage()
        const complaints: string[] = []
        page.on('console', line => complaints.push(line.text()))
        await everyPage[name]!(portal, page, language)
        expect(await page.getAttribute('html', 'lang')).toBe(language)
        expect(complaints.filter(line => /Content Security Policy/i.test(line))).toEqual([])
        expect(await seriousFindings(page)).toEqual([])
        // Nothing is cut off or has to be scrolled sideways (WCAG 1.4.10).
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
        await shoot(page, `${name}-${width}-${language}-${colorScheme}`)
        await context.close()
      },
    )
  })

  test('by keyboard alone, without JavaScript: from the link through the login to the file', async () => {
    const message = await portal.message({ login: 'recipients' })
    const context = await chromium.newContext({ javaScriptEnabled: false, acceptDownloads: true, locale: 'sv-SE' })
    const page = await context.newPage()
    await page.goto(portal.origin + message.path)
    await tabTo(page, 'Användarnamn')
    await page.keyboard.type('anna')
    await page.keyboard.press('Tab')
    await page.keyboard.type('fel')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').waitFor()
    // After a wrong password the focus is where it is to be typed again.
    await page.keyboard.type('anna-ord')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Underlag till mötet' }).waitFor()
    await tabTo(page, 'Hämta rapport.pdf')
    const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')])
    expect(download.suggestedFilename()).toBe('rapport.pdf')
    expect(await readFile(await download.path(), 'utf8')).toBe('filens bytes')
    await page.reload()
    await tabTo(page, 'Logga ut')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Logga in' }).waitFor()
    await context.close()
  })

  test('by keyboard alone, without JavaScript: an outsider asks for a code, mistypes it, and opens the message', async () => {
    const message = await portal.message({ login: 'recipients', recipients: ['kim@foretag.example'] })
    const context = await chromium.newContext({ javaScriptEnabled: false, locale: 'sv-SE' })
    const page = await context.newPage()
    await page.goto(portal.origin + message.path)
    await tabTo(page, 'Mejla en kod')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Skriv in koden' }).waitFor()
    const code = await mailedCode(portal.deps, 'kim@foretag.example')
    await tabTo(page, 'Kod')
    await page.keyboard.type(wrongCode(code))
    await page.keyboard.press('Enter')
    await page.getByRole('alert').waitFor()
    // After a wrong code the focus is where it is to be typed again.
    await page.keyboard.type(`${code.slice(0, 3)} ${code.slice(3)}`)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Underlag till mötet' }).waitFor()
    await tabTo(page, 'Logga ut')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Logga in' }).waitFor()
    await context.close()
  })
})

async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(axeSource)
  // Only what is wrong leaves the page: to hand over all that axe looked at takes as long as its looking.
  return page.evaluate(`axe.run(document, {
      resultTypes: ['violations'],
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(node => node.html).join(' ')))`)
}

/** Pictures to look at, where a folder for them is named. */
async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env['KUVERT_TEST_PICTURES']
  if (folder) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true })
}
