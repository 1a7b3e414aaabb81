import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ParsedMail } from 'mailparser'
import type { Browser, Page } from 'playwright-core'
import { waitForMails } from '#demo/outbox.ts'
import type { Language } from '#model.ts'
import { openChromium } from '../support/chromium.ts'
import { startScene, type Scene } from './scene.ts'
import { shrinkPng } from './shrink-png.ts'

/**
 * `npm run screenshots`: takes the pictures of the documentation anew, from a Kuvert of its own in real Chromium. Look at them before
 * they are committed.
 */
const folder = fileURLToPath(new URL('../../docs/pictures/', import.meta.url))
const mostBytes = 120_000
/** One without a window says so, and is taken for a visit of no person's. */
const userAgent = 'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
const bertil = 'bertil.ost@kommun.example'
const ulla = 'ulla@foretag.example'
const said = {
  sv: { subject: 'Underlag till onsdagens möte', text: 'Hej!\n\nHär kommer underlaget till onsdag.', typed: 'be' },
  en: { subject: 'Papers for Wednesday', text: 'Hello,\n\nhere are the papers for Wednesday.', typed: 'be' },
}

await mkdir(folder, { recursive: true })
const scene = await startScene()
const chromium = await openChromium()
try {
  await takeAll(scene, chromium)
} finally {
  await chromium.close()
  await scene.close()
}

async function takeAll({ portalUrl, outbox }: Scene, browser: Browser): Promise<void> {
  const anna = await logIn(browser, portalUrl, 'anna')
  await settle(anna, portalUrl)
  await shoot(anna, 'account-sv')
  for (const language of ['sv', 'en'] as const) {
    await write(anna, portalUrl, language)
    await anna.getByRole('combobox').pressSequentially(said[language].typed)
    await anna.getByRole('option').nth(2).waitFor()
    await anna.keyboard.press('ArrowDown')
    await shoot(anna, `new-${language}`)
  }
  await write(anna, portalUrl, 'sv')
  await anna.click('button[value=send]')
  await anna.click('button[value=send-anyway]')
  await anna.waitForURL(/\/sent\//)
  const sentAt = anna.url().split('?')[0]!
  const mails = await waitForMails(outbox, new Set(), 2)
  const copy = mails.find(mail => mail.deliveredTo === bertil)!
  await shootMail(browser, copy.parsed, 'mail-sv')

  const visitor = await logIn(browser, portalUrl, 'bertil')
  await visitor.goto(copy.link!)
  await shoot(visitor, 'message-sv')
  const download = visitor.waitForEvent('download')
  await visitor.getByRole('button', { name: 'Hämta Underlag.docx' }).click()
  await (await download).path()
  await anna.goto(sentAt)
  await shoot(anna, 'sent-message-sv')
}

async function logIn(browser: Browser, portalUrl: string, login: string): Promise<Page> {
  const context = await browser.newContext({
    userAgent,
    viewport: { width: 820, height: 600 },
    locale: 'sv-SE',
    colorScheme: 'light',
  })
  const page = await context.newPage()
  await page.goto(`${portalUrl}/?lang=sv`)
  await page.fill('#login', login)
  await page.fill('#password', `${login}-ord`)
  await page.click('form.login button')
  await page.waitForURL(/\/new\//)
  return page
}

/** A signature and contacts, as somebody has them. */
async function settle(page: Page, portalUrl: string): Promise<void> {
  await page.goto(`${portalUrl}/account`)
  await page.fill('#signature', 'Anna Åkesson\nsocialsekreterare\nExempelkommun')
  await page.locator('form[action$="/signature"] p.buttons button').click()
  const contacts = [
    ['Boendestödet', `${bertil}, cecilia.ek@kommun.example`],
    ['Ulla Berg, Företaget', ulla],
  ] as const
  for (const [name, addresses] of contacts) {
    await page.fill('#name-new', name)
    await page.fill('#addresses-new', addresses)
    await page.click('button[value=add]')
  }
  await page.goto(`${portalUrl}/account`)
}

/** A message that is about to be sent, with two files. */
async function write(page: Page, portalUrl: string, language: Language): Promise<void> {
  await page.goto(`${portalUrl}/new?lang=${language}`)
  await page.getByRole('combobox').fill(`Bertil Öst <${bertil}>, ${ulla},`)
  await page.fill('#subject', said[language].subject)
  await page.fill('#text', said[language].text)
  await page.fill('#max', '2')
  await page.setInputFiles('#choose', [
    { name: 'Underlag.docx', mimeType: 'application/msword', buffer: Buffer.alloc(1_400_000, 'a') },
    { name: 'Årsredovisning.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(300_000, 'b') },
  ])
  await page.locator('.uploads progress[hidden]').nth(1).waitFor({ state: 'attached' })
}

async function shootMail(browser: Browser, { html }: ParsedMail, name: string): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 680, height: 200 } })
  await page.setContent(String(html))
  await shoot(page, name)
}

async function shoot(page: Page, name: string): Promise<void> {
  const path = join(folder, `${name}.png`)
  const picture = shrinkPng(await page.screenshot({ fullPage: true }))
  await writeFile(path, picture)
  console.log(`${path} ${Math.ceil(picture.length / 1000)} kB`)
  if (picture.length > mostBytes) throw new Error(`${path} is larger than ${mostBytes} bytes.`)
}
