import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { DeliveryReason, Language } from '#model.ts'
import type { Browser } from '../support/browser.ts'
import type { Show } from './every-page.ts'
import type { TestPortal } from '../support/test-portal.ts'

const longAddress = 'forvaltningsgemensamma.funktionsbrevladan.for.arenden@socialtjansten.kommun.example'
const longSubject = 'Sammanträdeshandlingar_till_socialnämndens_arbetsutskott_och_individutskott_2026-11-24'
const longName = 'Protokoll_från_sammanträdet_med_socialnämndens_arbetsutskott_2026-11-24_justerat_och_undertecknat.pdf'

/** How to come to each page of those who write messages, by its name. */
export const everyStaffPage: Record<string, Show> = {
  'staff-wrong-login': async (portal, page, language) => {
    await page.goto(`${portal.origin}/?lang=${language}`)
    await fillLogin(page, 'anna', 'fel')
  },
  new: async (portal, page, language) => {
    await loggedIn(portal, page, language)
    await page.goto(`${portal.origin}/new`)
    await page.getByRole('combobox').waitFor()
  },
  'new-with-suggestions': async (portal, page, language) => {
    await contact(await asAnna(portal), 'Bertilsgruppen', `bertil@kommun.example, ${longAddress}`)
    await loggedIn(portal, page, language)
    await page.goto(`${portal.origin}/new`)
    await page.getByRole('combobox').pressSequentially('bert')
    await page.getByRole('option').first().waitFor()
    await page.keyboard.press('ArrowDown')
  },
  'new-with-files-and-drafts': async (portal, page, language) => {
    await (await asAnna(portal)).post(`/new/${randomUUID()}`, { subject: longSubject, do: 'save' })
    await loggedIn(portal, page, language)
    await page.goto(`${portal.origin}/new`)
    await page.getByRole('combobox').fill(`${longAddress}, Bertil Öst <bertil@kommun.example>,`)
    await page.fill('#subject', longSubject)
    await page.route('**/files/*', route => (route.request().method() === 'PATCH' ? undefined : route.continue()))
    await page.setInputFiles('#choose', [
      { name: longName, mimeType: 'application/pdf', buffer: Buffer.alloc(2_000_000) },
      { name: 'b.txt', mimeType: 'text/plain', buffer: Buffer.alloc(2) },
    ])
    await page.locator('.uploads progress').nth(1).waitFor()
    await page.locator('.uploads button').first().click()
  },
  'new-with-problems': async (portal, page, language) => {
    await posted(portal, page, language, { to: `kalle, ${longAddress}a@`, max: '0', expires: '2020-01-01', do: 'send' })
  },
  'new-with-doubts': async (portal, page, language) => {
    await posted(portal, page, language, { to: `${longAddress}, u@x.example`, text: 'Hej', do: 'send' })
  },
  'new-with-a-warning': async (portal, page, language) => {
    await posted(portal, page, language, { to: 'bertil@kommun.example', text: 'Hej', 'login-kind': 'none', do: 'send' })
  },
  'new-saved': async (portal, page, language) => {
    await posted(portal, page, language, { to: 'bertil@kommun.example', do: 'save' })
  },
  drafts: async (portal, page, language) => {
    const anna = await asAnna(portal)
    const at = `/new/${randomUUID()}`
    await anna.post(`/new/${randomUUID()}`, { subject: longSubject, to: longAddress, do: 'save' })
    await anna.post(at, { subject: '', to: longAddress, do: 'discard' })
    await loggedIn(portal, page, language)
    await page.goto(`${portal.origin}/drafts?discarded=${at.slice(5)}`)
  },
  'draft-gone': async (portal, page, language) => {
    await loggedIn(portal, page, language)
    await page.goto(`${portal.origin}/new/kalle?lang=${language}`)
  },
  'log-in-again': async (portal, page, language) => {
    await page.goto(`${portal.origin}/sent?lang=${language}`)
  },
  'log-in-to-send': async (portal, page, language) => {
    await loggedIn(portal, page, language)
    await page.goto(`${portal.origin}/new`)
    await page.fill('#text', 'Hej')
    await portal.db.query('delete from sessions')
    await page.click('button[value=send]')
    await page.locator('#password').waitFor()
  },
  account: async (portal, page, language) => {
    const anna = await asAnna(portal)
    await contact(anna, longSubject, longAddress)
    await anna.post('/account/signature', { 'signature-html': '<p><b>Anna</b></p><ul><li>Rad</li></ul>' })
    await loggedIn(portal, page, language)
    await page.goto(`${portal.origin}/account`)
    await page.locator('summary').first().click()
  },
  'account-with-a-problem': async (portal, page, language) => {
    await loggedIn(portal, page, language)
    await page.goto(`${portal.origin}/account`)
    await page.fill('#addresses-new', 'ingen')
    await page.click('button[value=add]')
  },
  'account-after-an-import': async (portal, page, language) => {
    await imported(portal, page, language, `Namn;E-post\r\nEva;eva@x.example\r\n${longSubject};ingen\r\n`)
  },
  'account-after-nothing-was-read': async (portal, page, language) => {
    await imported(portal, page, language, 'ingenting')
  },
  'sent-nothing': async (portal, page, language) => {
    await loggedIn(portal, page, language, 'cecilia')
    await page.goto(`${portal.origin}/sent`)
  },
  sent: async (portal, page, language) => {
    const anna = await asAnna(portal)
    for (let count = 0; count < 26; count += 1) await sent(anna, { subject: `${count} ${longSubject}` })
    const bounced = await sent(anna, { to: `${longAddress}, u@x.example, bertil@kommun.example`, subject: '' })
    await bounce(portal, bounced)
    await loggedIn(portal, page, language)
    await page.goto(`${portal.origin}/sent`)
  },
  'sent-not-found': async (portal, page, language) => {
    await sent(await asAnna(portal), {})
    await loggedIn(portal, page, language)
    await page.goto(`${portal.origin}/sent?search=ingenting`)
  },
  'sent-message': async (portal, page, language) => {
    const to = `${longAddress}, u@x.example, bertil@kommun.example`
    const at = await sent(await asAnna(portal), { to, subject: longSubject, max: '2' })
    await bounce(portal, at)
    await loggedIn(portal, page, language)
    await page.goto(`${portal.origin}${at}?sent&text`)
  },
  'sent-message-with-a-problem': async (portal, page, language) => {
    const at = await sent(await asAnna(portal), { max: '2' })
    await loggedIn(portal, page, language)
    await page.goto(portal.origin + at)
    await page.getByRole('combobox').fill('ingen')
    await page.locator(`form[action$="/recipients"] button.quiet`).last().click()
    await page.getByRole('alert').waitFor()
  },
  'sent-message-to-revoke': async (portal, page, language) => {
    const at = await sent(await asAnna(portal), {})
    await loggedIn(portal, page, language)
    await page.goto(`${portal.origin}${at}/revoke`)
  },
  'sent-message-revoked': async (portal, page, language) => {
    const at = await sent(await asAnna(portal), {})
    await loggedIn(portal, page, language)
    await page.goto(`${portal.origin}${at}/revoke`)
    await page.locator('main button').click()
  },
  'sent-message-unknown': async (portal, page, language) => {
    await loggedIn(portal, page, language)
    await page.goto(`${portal.origin}/sent/${randomUUID()}`)
  },
  'received-nothing': async (portal, page, language) => {
    await loggedIn(portal, page, language, 'anna')
    await page.goto(`${portal.origin}/received`)
  },
  received: async (portal, page, language) => {
    await sent(await asAnna(portal), { to: 'cecilia@kommun.example', subject: longSubject, max: '1' })
    await sent(await asAnna(portal), { to: 'cecilia.alias@kommun.example', subject: '' })
    await loggedIn(portal, page, language, 'cecilia')
    await page.goto(`${portal.origin}/received`)
  },
}

async function fillLogin(page: Page, login: string, password: string): Promise<void> {
  await page.fill('#login', login)
  await page.fill('#password', password)
  await page.click('form.login button')
}

async function loggedIn(portal: TestPortal, page: Page, language: Language, login = 'anna'): Promise<void> {
  await page.goto(`${portal.origin}/?lang=${language}`)
  await fillLogin(page, login, `${login}-ord`)
  await page.waitForURL(/\/new\//)
}

async function asAnna(portal: TestPortal): Promise<Browser> {
  const browser = portal.browser()
  expect((await browser.post('/login', { login: 'anna', password: 'anna-ord' })).status).toBe(303)
  return browser
}

async function contact(browser: Browser, name: string, addresses: string): Promise<void> {
  await browser.post('/account/contacts', { name, addresses, do: 'add' })
}

/** Fills the form of a message by hand and posts it, past what browsers check themselves. */
async function posted(
  portal: TestPortal,
  page: Page,
  language: Language,
  { do: button, ...fields }: Record<string, string> & { do: string },
): Promise<void> {
  await loggedIn(portal, page, language)
  await page.goto(`${portal.origin}/new`)
  for (const [name, value] of Object.entries(fields)) {
    if (name === 'login-kind') await page.check(`#login-${value}`)
    else await page.fill(`#${name}`, value)
  }
  await page.evaluate(`document.getElementById('compose').noValidate = true`)
  await page.click(`button[value=${button}]`)
  await page.locator('main [role=alert], main .done').first().waitFor()
}

async function imported(portal: TestPortal, page: Page, language: Language, text: string): Promise<void> {
  await loggedIn(portal, page, language)
  await page.goto(`${portal.origin}/account`)
  await page.setInputFiles('#file', { name: 'k.csv', mimeType: 'text/csv', buffer: Buffer.from(text) })
  await page.locator('form[action="/account/import"] button').click()
  await page.locator('main [role=alert], main [role=status]').first().waitFor()
}

async function sent(browser: Browser, fields: Record<string, string>): Promise<string> {
  const usual = {
    to: 'bertil@kommun.example',
    subject: 'Hej',
    text: 'Hej!',
    private: 'yes',
    'login-kind': 'recipients',
  }
  const answer = await browser.post(`/new/${randomUUID()}`, { ...usual, ...fields, do: 'send-anyway' })
  expect(answer.status).toBe(303)
  return answer.headers.get('location')!.split('?')[0]!
}

/** The first recipient's server has refused the mail, and the second one's has taken it. */
async function bounce({ db }: TestPortal, at: string): Promise<void> {
  const change = (state: string, reason: DeliveryReason | null, reply: string, recipient: string) =>
    db.query(
      `update deliveries set state = $1, reason = $2, last_reply = $3, settled_at = now() where link_id in (
         select id from links where message_id = $4 and recipient = $5)`,
      [state, reason, reply, at.split('/')[2], recipient],
    )
  await change(
    'bounced',
    'unknown-address',
    '550 5.1.1 <nobody>: Recipient address rejected: User unknown in virtual mailbox table',
    longAddress,
  )
  await change('sent', null, '250 ok', 'u@x.example')
}
