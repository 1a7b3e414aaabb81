import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openChromium } from '../../support/chromium.ts'
import { startTestKuvert, type TestKuvert } from '../../support/kuvert.ts'
import { findServer } from '../../support/servers.ts'

describe.skipIf(!findServer('chromium'))('account settings in Chromium', () => {
  let kuvert: TestKuvert
  let chromium: Browser
  beforeAll(async () => {
    kuvert = await startTestKuvert({}, ['portal'])
    chromium = await openChromium()
  })
  afterAll(async () => {
    await chromium.close()
    await kuvert.close()
  })

  test('what was typed and not saved is there after a reload, in the other language, and after another form', async () => {
    const page = await (await chromium.newContext({ locale: 'sv-SE' })).newPage()
    await page.goto(kuvert.portalUrl)
    await page.fill('#login', 'anna')
    await page.fill('#password', 'anna-ord')
    await page.click('form.login button')
    await page.waitForURL(/\/new\/[\da-f-]{36}$/)
    await page.goto(`${kuvert.portalUrl}/account`)
    await page.fill('#signature', 'Anna Åkesson\nHandläggare')
    await page.locator('.editor').fill('Anna Å')
    await page.check('#login-locals')
    await page.fill('#name-new', 'Ulla')
    await page.fill('#addresses-new', 'ulla@utanfor.example')
    const expectAll = async () => {
      expect(await page.inputValue('#signature')).toBe('Anna Åkesson\nHandläggare')
      expect(await page.textContent('.editor')).toBe('Anna Å')
      expect(await page.isChecked('#login-locals')).toBe(true)
    }
    await page.reload()
    await expectAll()
    await page.getByRole('link', { name: 'English' }).click()
    await page.locator('html[lang=en]').waitFor()
    await expectAll()
    expect(await page.inputValue('#addresses-new')).toBe('ulla@utanfor.example')
    await page.click('button[value=add]')
    await page.locator('.done').waitFor()
    await expectAll()
    expect(await page.inputValue('#addresses-new')).toBe('')
  })
})
