import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import type { Language } from '#model.ts'
import { aMinuteLater, mailedCode, wrongCode } from '../support/mailed-code.ts'
import type { TestPortal } from '../support/test-portal.ts'
import type { TestMessage, Wanted } from '../support/test-message.ts'

/** Brings a browser to a page, in a language. */
export type Show = (portal: TestPortal, page: Page, language: Language) => Promise<void>

const say = {
  sv: {
    user: 'Användarnamn',
    password: 'Lösenord',
    logIn: 'Logga in',
    download: 'Hämta',
    show: 'Visa texten',
    askForCode: 'Mejla en kod',
    haveCode: 'Jag har redan fått en kod',
    code: 'Kod',
    enterCode: 'Öppna',
  },
  en: {
    user: 'User name',
    password: 'Password',
    logIn: 'Log in',
    download: 'Download',
    show: 'Show the text',
    askForCode: 'Mail a code',
    haveCode: 'I already have a code',
    code: 'Code',
    enterCode: 'Open',
  },
}

const outsider = 'olle.utanfor@foretag.example'
const forOutsider: Wanted = { login: 'recipients', recipients: [outsider] }

const longName = 'Protokoll_från_sammanträdet_med_socialnämndens_arbetsutskott_2026-11-24_justerat_och_undertecknat.pdf'
const files = [
  { name: 'Underlag.docx', content: Buffer.alloc(1_400_000) },
  { name: longName, content: Buffer.alloc(25_000) },
  { name: 'trasig.bin', content: Buffer.alloc(90), stillEncoded: true },
]
const text = `Hej Anna,

här kommer underlaget till onsdagens möte. Läs särskilt avsnitt 3 om boendestödet, och hör av dig till mig om något är oklart.

Ring hellre än du mejlar: 019-00 00 00.

Hälsningar
Karin Åberg
socialsekreterare`
const body = {
  name: 'message.eml',
  kind: 'body' as const,
  mediaType: 'message/rfc822',
  content: Buffer.from(`Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${text}`),
}

/** How to come to each page of the portal, by its name. */
export const everyPage: Record<string, Show> = {
  home: async (portal, page, language) => {
    await page.goto(`${portal.origin}/?lang=${language}`)
  },
  login: async (portal, page, language) => {
    await open(portal, page, language, { login: 'recipients' })
  },
  'wrong-login': async (portal, page, language) => {
    await open(portal, page, language, { login: 'recipients' })
    await logIn(page, language, 'anna', 'fel')
  },
  throttled: async (portal, page, language) => {
    const message = await open(portal, page, language, { login: 'recipients' })
    await portal.db.query('delete from login_failures')
    for (let time = 0; time < 3; time += 1) await portal.browser().logIn(message.path, 'bertil', 'fel')
    await logIn(page, language, 'bertil')
    await portal.db.query('delete from login_failures')
  },
  'login-or-code': async (portal, page, language) => {
    await open(portal, page, language, forOutsider)
  },
  code: async (portal, page, language) => {
    await open(portal, page, language, forOutsider)
    await page.getByRole('link', { name: say[language].haveCode }).click()
  },
  'code-sent': async (portal, page, language) => {
    await open(portal, page, language, forOutsider)
    await page.getByRole('button', { name: say[language].askForCode }).click()
  },
  'wrong-code': async (portal, page, language) => {
    await open(portal, page, language, forOutsider)
    await page.getByRole('button', { name: say[language].askForCode }).click()
    await enterCode(page, language, wrongCode(await mailedCode(portal.deps, outsider)))
  },
  'no-such-code': async (portal, page, language) => {
    await open(portal, page, language, forOutsider)
    await page.getByRole('link', { name: say[language].haveCode }).click()
    await enterCode(page, language, '123456')
  },
  'too-many-codes': async (portal, page, language) => {
    const message = await open(portal, page, language, forOutsider)
    for (let time = 0; time < 3; time += 1) {
      await portal.browser().askForCode(message.path)
      await aMinuteLater(portal.db)
    }
    await page.getByRole('button', { name: say[language].askForCode }).click()
    await portal.db.query('delete from codes')
  },
  'message-by-code': async (portal, page, language) => {
    await open(portal, page, language, { ...forOutsider, files })
    await page.getByRole('button', { name: say[language].askForCode }).click()
    await enterCode(page, language, await mailedCode(portal.deps, outsider))
  },
  message: async (portal, page, language) => {
    await open(portal, page, language, { login: 'recipients', max: 3, files: [body, ...files] })
    await logIn(page, language, 'anna')
  },
  'message-partly-used': async (portal, page, language) => {
    const message = await open(portal, page, language, { login: 'none', max: 1, files: [body, ...files] })
    await portal.browser().download(message.path, 1)
    await page.getByRole('button', { name: say[language].show }).click()
    await page.goto(portal.origin + message.path)
    await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: `${say[language].download} ${longName}` }).click(),
    ])
    await page.reload()
  },
  'message-without-limit': async (portal, page, language) => {
    await open(portal, page, language, { login: 'none', subject: '', files: files.slice(0, 1) })
  },
  text: async (portal, page, language) => {
    await open(portal, page, language, { login: 'recipients', max: 1, files: [body] })
    await logIn(page, language, 'anna')
    await page.getByRole('button', { name: say[language].show }).click()
  },
  'used-up': async (portal, page, language) => {
    const message = await open(portal, page, language, { login: 'none', max: 1 })
    await portal.browser().download(message.path)
    await page.getByRole('button', { name: say[language].download }).click()
    await page.locator('form.download').waitFor({ state: 'detached' })
  },
  'message-used-up': async (portal, page, language) => {
    const message = await open(portal, page, language, { login: 'none', max: 1, files: [body, ...files] })
    await portal.browser().post(`${message.path}/zip`)
    await page.reload()
  },
  unknown: async (portal, page, language) => {
    await page.goto(`${portal.origin}/l/unknown?lang=${language}`)
  },
  expired: async (portal, page, language) => {
    await open(portal, page, language, { login: 'none', expiresAt: new Date(Date.now() - 1000) })
  },
  withdrawn: async (portal, page, language) => {
    const message = await open(portal, page, language, { login: 'none' })
    await portal.db.query('update links set revoked_at = now() where message_id = $1', [message.id])
    await page.reload()
  },
  'not-a-recipient': async (portal, page, language) => {
    await open(portal, page, language, { login: 'recipients' })
    await logIn(page, language, 'cecilia')
  },
  'ticket-not-valid': async (portal, page, language) => {
    await page.goto(`${portal.origin}/d/unknown?lang=${language}`)
  },
  'try-again-later': async (portal, page, language) => {
    await open(portal, page, language, { login: 'none' })
    const folder = join(portal.folder, 'objects')
    await rename(folder, `${folder}-away`)
    await page.getByRole('button', { name: say[language].download }).click()
    await page.waitForURL(/\/d\//)
    await rename(`${folder}-away`, folder)
  },
  broken: async (portal, page, language) => {
    const message = await open(portal, page, language, { login: 'none' })
    await portal.db.query("update messages set wrapped_key = '' where id = $1", [message.id])
    const download = page.getByRole('button', { name: say[language].download })
    await download.click()
    // The script shows the page that comes instead of a file.
    await download.waitFor({ state: 'detached' })
  },
  'no-such-page': async (portal, page, language) => {
    await page.goto(`${portal.origin}/?lang=${language}`)
    await page.goto(`${portal.origin}/nothing`)
  },
}

async function open(portal: TestPortal, page: Page, language: Language, wanted: Wanted): Promise<TestMessage> {
  const message = await portal.message({ lang: language, subject: 'Underlag till onsdagens möte', ...wanted })
  await page.goto(`${portal.origin}${message.path}?lang=${language}`)
  return message
}

async function enterCode(page: Page, language: Language, code: string): Promise<void> {
  await page.getByLabel(say[language].code, { exact: true }).fill(code)
  await page.getByRole('button', { name: say[language].enterCode }).click()
}

async function logIn(page: Page, language: Language, login: string, password = `${login}-ord`): Promise<void> {
  await page.getByLabel(say[language].user).fill(login)
  await page.getByLabel(say[language].password).fill(password)
  await page.getByRole('button', { name: say[language].logIn }).click()
}
