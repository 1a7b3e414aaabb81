import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Queryable } from '#database/database.ts'
import { openChromium } from '../../support/chromium.ts'
import { startTestKuvert, type TestKuvert } from '../../support/kuvert.ts'
import { findServer } from '../../support/servers.ts'
import { tabTo } from '../tab-to.ts'

const typed = {
  to: 'Ulla <ulla@utanfor.example>, bertil@kommun.example',
  subject: 'Ärende 4711',
  text: 'Första raden\n\n<b>Sista</b> raden & slut',
  max: '3',
}

/** A page saves by itself only after a pause. */
const patiently = { timeout: 30_000 }

describe.skipIf(!findServer('chromium'))('what is typed in Chromium, and left within a moment of the last key', () => {
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

  async function opened(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    const page = await (await chromium.newContext({ locale: 'sv-SE', ...options })).newPage()
    await logIn(page)
    return page
  }

  async function logIn(page: Page): Promise<void> {
    await page.goto(kuvert.portalUrl)
    await page.fill('#login', 'anna')
    await page.fill('#password', 'anna-ord')
    await page.click('form.login button')
    await page.waitForURL(/\/new\/[\da-f-]{36}$/)
  }

  async function type(page: Page, subject = typed.subject): Promise<void> {
    await page.getByRole('combobox').fill(typed.to)
    await page.fill('#subject', subject)
    await page.check('#private')
    await page.fill('#max', typed.max)
    await page.fill('#text', typed.text)
  }

  async function expectTyped(page: Page, changed: Partial<typeof typed> = {}): Promise<void> {
    await page.locator('#text').waitFor()
    const found = {
      to: await page.inputValue('textarea[name=to]'),
      subject: await page.inputValue('#subject'),
      text: await page.inputValue('#text'),
      max: await page.inputValue('#max'),
    }
    expect(found).toEqual({ ...typed, ...changed })
    expect(await page.isChecked('#private')).toBe(true)
  }

  /** Lets no draft be saved while `work` runs, as if the server were slow: pages are answered, saves wait. */
  async function whileSavesWait(work: (tx: Queryable) => Promise<void>): Promise<void> {
    await kuvert.deps.db.transaction(async tx => {
      await tx.query('lock table drafts in exclusive mode')
      await work(tx)
    })
  }

  /** Resolves when a save waits for the lock. */
  async function aSaveWaits(tx: Queryable): Promise<void> {
    await expect
      .poll(async () => {
        const { rows } = await tx.query<{ count: number }>(
          `select count(*)::int as count from pg_locks where relation = 'drafts'::regclass and not granted`,
        )
        return rows[0]!.count
      }, patiently)
      .toBeGreaterThan(0)
  }

  /** Resolves when the draft of the page is saved on the server with this text. */
  async function textIsSaved(page: Page, text: string): Promise<void> {
    const other = await page
      .context()
      .browser()!
      .newContext({ storageState: await cookiesOf(page) })
    const reader = await other.newPage()
    await expect
      .poll(async () => {
        await reader.goto(page.url())
        return reader.inputValue('#text')
      }, patiently)
      .toBe(text)
    await other.close()
  }

  /** From now on, nothing that this page saves arrives. */
  async function cannotSave(page: Page): Promise<void> {
    await page.route('**/new/*', route => (route.request().method() === 'POST' ? route.abort() : route.continue()))
    // A browser sends these past everything, also after the page was closed.
    await page.evaluate('navigator.sendBeacon = () => true')
  }

  /** Without what the browser keeps of pages. */
  async function cookiesOf(page: Page): Promise<Awaited<ReturnType<BrowserContext['storageState']>>> {
    return { ...(await page.context().storageState()), origins: [] }
  }

  const leaves: Record<string, (page: Page) => Promise<Page>> = {
    'a press on English': async page => {
      await page.getByRole('button', { name: 'English' }).click()
      await page.locator('html[lang=en]').waitFor()
      return page
    },
    'a reload': async page => {
      await page.reload()
      return page
    },
    'the page before, and forward again': async page => {
      await page.goBack()
      await page.goForward()
      return page
    },
    'a link of the menu, and back': async page => {
      await page.getByRole('link', { name: 'Mottaget' }).click()
      await page.waitForURL(/received/)
      await page.goBack()
      return page
    },
    'a closed tab, and a new one': async page => {
      const url = page.url()
      const context = page.context()
      await page.close()
      const again = await context.newPage()
      await again.goto(url)
      return again
    },
  }

  test.each(Object.entries(leaves))('is there after %s', async (_, leave) => {
    const page = await opened()
    await page.goto(page.url())
    await type(page)
    const again = await leave(page)
    await expectTyped(again)
    await textIsSaved(again, typed.text)
  })

  test.each(Object.entries(leaves).filter(([name]) => !name.includes('English')))(
    'is there after %s, though saves wait on the server, and a save that comes late undoes nothing',
    async (_, leave) => {
      const page = await opened()
      await page.goto(page.url())
      let again = page
      await whileSavesWait(async tx => {
        await type(page)
        // Sends the first of the saves, which wait.
        again = await leave(page)
        await aSaveWaits(tx)
        await expectTyped(again)
        await again.fill('#text', 'Det sista som skrevs')
      })
      await textIsSaved(again, 'Det sista som skrevs')
      await again.reload()
      await expectTyped(again, { text: 'Det sista som skrevs' })
    },
  )

  test('a save that was overtaken changes nothing, and a page that is still written on has the last word', async () => {
    const page = await opened()
    await type(page)
    await textIsSaved(page, typed.text)
    const other = await page.context().newPage()
    await other.goto(page.url())
    await other.fill('#text', 'Från den andra fliken')
    await textIsSaved(other, 'Från den andra fliken')
    await page.fill('#text', 'Från den första fliken igen')
    await textIsSaved(page, 'Från den första fliken igen')
  })

  test('what was saved elsewhere later is not replaced by what a browser had kept', async () => {
    const page = await opened()
    await cannotSave(page)
    await type(page)
    const url = page.url()
    const other = await chromium.newContext({ storageState: await cookiesOf(page) })
    const elsewhere = await other.newPage()
    await elsewhere.goto(url)
    for (const text of ['ett', 'två', 'tre']) {
      await elsewhere.fill('#text', text)
      await elsewhere.click('button[value=save]')
      await elsewhere.locator('.done').waitFor()
    }
    await page.close()
    const again = await page.context().newPage()
    await again.goto(url)
    expect(await again.inputValue('#text')).toBe('tre')
  })

  test('what could not be saved before the tab was closed is saved by the next page where one writes', async () => {
    const page = await opened()
    await cannotSave(page)
    await type(page, 'Blev aldrig sparat')
    const context = page.context()
    await page.close()
    const again = await context.newPage()
    await again.goto(`${kuvert.portalUrl}/new`)
    await expect
      .poll(async () => {
        await again.reload()
        return again.getByRole('link', { name: 'Blev aldrig sparat' }).count()
      }, patiently)
      .toBe(1)
  })

  test('the browser keeps nothing of what the server has, of what was sent, nor for another account', async () => {
    const page = await opened()
    const kept = (on: Page) => on.evaluate('Object.keys(localStorage).filter(key => key.startsWith("kuvert-"))')
    await type(page)
    expect(await kept(page)).toHaveLength(1)
    await textIsSaved(page, typed.text)
    await expect.poll(() => kept(page), patiently).toEqual([])
    await page.fill('#text', 'Och så det här')
    const url = page.url()
    await page.click('button[value=send]')
    await page.click('button[value=send-anyway]')
    await page.waitForURL(/\/sent\//)
    expect(await kept(page)).toEqual([])
    expect(url).toContain('/new/')
  })

  test('a text that another account left in this browser is not shown', async () => {
    const page = await opened()
    await cannotSave(page)
    await type(page)
    const url = page.url()
    const context = page.context()
    await page.close()
    await context.clearCookies()
    const other = await context.newPage()
    await other.goto(kuvert.portalUrl)
    await other.fill('#login', 'bertil')
    await other.fill('#password', 'bertil-ord')
    await other.click('form.login button')
    await other.waitForURL(/\/new\//)
    await other.goto(url)
    expect(await other.inputValue('#text')).toBe('')
  })

  test('who logs out at once has it saved before', async () => {
    const page = await opened()
    const url = page.url()
    await type(page)
    await page.getByRole('button', { name: 'Logga ut' }).click()
    await page.locator('#login').waitFor()
    const elsewhere = await opened()
    await elsewhere.goto(url)
    await expectTyped(elsewhere)
  })

  test('without scripts, changing the language brings along all that was typed, by keyboard alone', async () => {
    const page = await opened({ javaScriptEnabled: false })
    const recipients = page.locator('#to')
    await recipients.fill(typed.to)
    await page.fill('#subject', typed.subject)
    await page.fill('#text', typed.text)
    await page.fill('#max', typed.max)
    await page.check('#private')
    await tabTo(page, 'English')
    await page.keyboard.press('Enter')
    await page.locator('html[lang=en]').waitFor()
    await expectTyped(page)
    await page.goto(`${kuvert.portalUrl}/account`)
    expect(await page.getAttribute('html', 'lang')).toBe('en')
  })

  test('while a file is on its way, the browser asks before the language is changed; whoever stays loses nothing', async () => {
    const page = await opened()
    await page.route('**/files/*', route => (route.request().method() === 'PATCH' ? undefined : route.continue()))
    await page.setInputFiles('#choose', { name: 'a.bin', mimeType: 'application/pdf', buffer: Buffer.alloc(1000) })
    await page.locator('.uploads progress').waitFor()
    const asked = page.waitForEvent('dialog')
    const pressed = page.getByRole('button', { name: 'English' }).click({ noWaitAfter: true })
    await (await asked).dismiss()
    await pressed
    await type(page)
    expect(await page.getAttribute('html', 'lang')).toBe('sv')
    await textIsSaved(page, typed.text)
  })
})
