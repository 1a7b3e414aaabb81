import { createHash, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ParsedMail } from 'mailparser'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitForMails, type DeliveredMail } from '#demo/outbox.ts'
import { openChromium } from '../support/chromium.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'
import { findServer } from '../support/servers.ts'
import { tabTo } from './tab-to.ts'

const olle = 'olle@utanfor.example'
const bertil = 'bertil@kommun.example'

describe.skipIf(!findServer('chromium'))('from login to download, in Chromium', () => {
  let kuvert: TestKuvert
  let chromium: Browser
  let outbox: string
  beforeAll(async () => {
    kuvert = await startTestKuvert()
    outbox = join(kuvert.folder, 'outbox')
    chromium = await openChromium()
  })
  afterAll(async () => {
    await chromium.close()
    await kuvert.close()
  })

  async function newPage(): Promise<Page> {
    const context = await chromium.newContext({ locale: 'sv-SE', acceptDownloads: true })
    const page = await context.newPage()
    page.setDefaultTimeout(20_000)
    return page
  }

  async function logIn(page: Page, login: string, at = kuvert.portalUrl): Promise<void> {
    await page.goto(at)
    await page.fill('#login', login)
    await page.fill('#password', `${login}-ord`)
    await page.click('form.login button')
  }

  async function opened(login: string): Promise<Page> {
    const page = await newPage()
    await logIn(page, login)
    await page.getByRole('heading', { name: 'Nytt meddelande' }).waitFor()
    return page
  }

  /** The latest mail to somebody with this in its subject, as soon as it is there. */
  async function mailTo(recipient: string, subject: string): Promise<ParsedMail & { link: string }> {
    let found: DeliveredMail | undefined
    const look = async () => {
      const mails = await waitForMails(outbox, new Set(), 1)
      found = mails.findLast(mail => mail.deliveredTo === recipient && mail.parsed.subject?.includes(subject))
      return found !== undefined
    }
    await expect.poll(look, { interval: 100 }).toBe(true)
    return Object.assign(found!.parsed, { link: found!.link ?? '' })
  }

  async function fetched(page: Page, name: string): Promise<string> {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: `Hämta ${name}` }).click(),
    ])
    return sha256(await readFile(await download.path()))
  }

  const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

  test('signature, contact, files, security, two recipients, downloads, Sent, and the receipt', async () => {
    const anna = await opened('anna')
    await anna.getByRole('link', { name: 'Kontoinställningar' }).click()
    await anna.getByLabel('Signatur som text').fill('Anna Åkesson\nSocialtjänsten')
    await anna.getByRole('button', { name: 'Spara' }).first().click()
    await anna.getByText('Sparat.').waitFor()
    await anna.locator('#name-new').fill('Mötesgruppen')
    await anna.locator('#addresses-new').fill(`${bertil}, ${olle}`)
    await anna.getByRole('button', { name: 'Lägg till kontakt' }).click()
    await anna.getByText('Sparat.').waitFor()

    await anna.getByRole('link', { name: 'Nytt meddelande' }).click()
    await anna.getByRole('combobox').pressSequentially('mötes')
    await anna.getByRole('option').click()
    await anna.getByLabel('Ämne').fill('Hela vägen')
    await anna.getByLabel('Meddelande', { exact: true }).fill('Här kommer filerna.')
    const contents = [randomBytes(300_000), Buffer.from('åäö\n')]
    await anna.setInputFiles('#choose', [
      { name: 'Årsredovisning.pdf', mimeType: 'application/pdf', buffer: contents[0]! },
      { name: 'text.txt', mimeType: 'text/plain', buffer: contents[1]! },
    ])
    await anna.getByLabel('Hämtningar per mottagare').fill('2')
    await anna.getByRole('button', { name: 'Skicka', exact: true }).click()
    await anna.getByText(`De får en kod till sin e-post för att logga in: ${olle}`).waitFor()
    await anna.getByRole('button', { name: 'Skicka ändå' }).click()
    await anna.getByText('Meddelandet är skickat').waitFor()

    const mail = await mailTo(bertil, 'Hela vägen')
    expect(mail.from?.text).toContain('anna@kommun.example')
    expect(mail.text).toMatch(/Här kommer filerna\.\s+Anna Åkesson\nSocialtjänsten/)
    expect(mail.attachments).toEqual([])
    const colleague = await newPage()
    await logIn(colleague, 'bertil', mail.link)
    expect(await fetched(colleague, 'Årsredovisning.pdf')).toBe(sha256(contents[0]!))
    expect(await fetched(colleague, 'text.txt')).toBe(sha256(contents[1]!))

    const outsider = await newPage()
    await outsider.goto((await mailTo(olle, 'Hela vägen')).link)
    await outsider.getByRole('button', { name: 'Mejla en kod' }).click()
    const code = /^\d{6}$/m.exec((await mailTo(olle, 'Kod för att öppna')).text!)![0]
    await outsider.getByLabel('Kod', { exact: true }).fill(code)
    await outsider.getByRole('button', { name: 'Öppna' }).click()
    expect(await fetched(outsider, 'Årsredovisning.pdf')).toBe(sha256(contents[0]!))

    // A receipt waits a while, so that it tells of all that somebody fetched.
    await kuvert.deps.db.query(`update notices set next_attempt_at = now() where state = 'queued'`)
    await kuvert.deps.db.query(`select pg_notify('kuvert_deliveries', '')`)
    const receipt = await mailTo('anna@kommun.example', 'Öppnat: Hela vägen')
    expect(receipt.text).toContain('Årsredovisning.pdf')
    await anna.getByRole('link', { name: 'Skickat', exact: true }).click()
    await anna.getByText('2 har hämtat').waitFor()
    await anna.getByRole('link', { name: 'Hela vägen' }).click()
    const entry = anna.locator('.recipients li', { hasText: bertil })
    await entry.getByText('Överlämnat till mejlservern').waitFor()
    await entry.getByText('text.txt: hämtad en gång').waitFor()
    await colleague.getByRole('link', { name: 'Mottaget' }).click()
    await colleague.getByText('Öppnat', { exact: true }).waitFor()
  })

  test('by keyboard alone: log in, choose a recipient, add a file, choose security, send', async () => {
    const page = await newPage()
    await page.goto(kuvert.portalUrl)
    await tabTo(page, 'Användarnamn')
    await page.keyboard.type('anna')
    await tabTo(page, 'Lösenord')
    await page.keyboard.type('anna-ord')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Nytt meddelande' }).waitFor()
    await tabTo(page, 'Mottagare')
    await page.keyboard.type('bert')
    await page.getByRole('option', { name: /Bertil Öst/ }).waitFor()
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    await tabTo(page, 'Ämne')
    await page.keyboard.type('Bara tangenter')
    await tabTo(page, 'Meddelande')
    await page.keyboard.type('Hej Bertil')
    await tabTo(page, 'Lägg till filer')
    const chooser = page.waitForEvent('filechooser')
    await page.keyboard.press('Enter')
    await (await chooser).setFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('a') })
    await page.getByText('1 byte').waitFor()
    await tabTo(page, 'Inloggning krävs – bara mottagarna')
    await page.keyboard.press('ArrowDown')
    await tabTo(page, 'Hämtningar per mottagare')
    await page.keyboard.type('1')
    await tabTo(page, 'Privat meddelande')
    await page.keyboard.press('Space')
    await tabTo(page, 'Skicka')
    await page.keyboard.press('Enter')
    await page.getByText('Meddelandet är skickat').waitFor()
    const { rows } = await kuvert.deps.db.query(
      `select login, max_downloads, private, (select count(*)::int from files where message_id = messages.id) as files
       from messages where subject = 'Bara tangenter'`,
    )
    expect(rows).toEqual([{ login: 'locals', max_downloads: 1, private: true, files: 2 }])
  })

  test('somebody whose session ends while they write loses nothing: not the text, and not the files', async () => {
    const page = await opened('bertil')
    await page.getByRole('combobox').fill('cecilia@kommun.example')
    await page.setInputFiles('#choose', { name: 'före.txt', mimeType: 'text/plain', buffer: Buffer.from('före') })
    await page.getByText('5 byte').waitFor()
    await kuvert.deps.db.query('delete from sessions')
    await page.getByLabel('Ämne').fill('Utloggad')
    await page.getByLabel('Meddelande', { exact: true }).fill('Skrivet efteråt, på rad 1\noch rad 2')
    await page.getByText('Du får logga in igen när du skickar.').waitFor()
    await page.setInputFiles('#choose', { name: 'efter.txt', mimeType: 'text/plain', buffer: Buffer.from('efter') })
    await page.locator('.uploads').getByText('Du har blivit utloggad. Logga in i en ny flik').waitFor()
    await page.locator('.uploads li', { hasText: 'efter.txt' }).getByRole('button', { name: 'Ta bort' }).click()
    await page.getByRole('button', { name: 'Skicka', exact: true }).click()
    await page.getByRole('heading', { name: 'Logga in igen' }).waitFor()
    await page.fill('#login', 'bertil')
    await page.fill('#password', 'bertil-ord')
    await page.click('form.login button')
    await page.getByText('Meddelandet är skickat').waitFor()
    await page.getByText('före.txt').waitFor()
    const mail = await mailTo('cecilia@kommun.example', 'Utloggad')
    expect(mail.text).toContain('Skrivet efteråt, på rad 1\noch rad 2')
  })

  test('two people, and one of them in two tabs, write at once: nobody gets anything of another’s', async () => {
    const [anna, cecilia] = await Promise.all([opened('anna'), opened('cecilia')])
    const second = await anna.context().newPage()
    await second.goto(`${kuvert.portalUrl}/new`)
    const writers = [
      { page: anna, subject: 'Annas första', file: 'anna1.txt' },
      { page: second, subject: 'Annas andra', file: 'anna2.txt' },
      { page: cecilia, subject: 'Cecilias', file: 'cecilia.txt' },
    ]
    await Promise.all(
      writers.map(async ({ page, subject, file }) => {
        await page.getByRole('combobox').fill(bertil)
        await page.getByLabel('Ämne').fill(subject)
        await page.getByLabel('Meddelande', { exact: true }).fill(`Text till ${subject}`)
        await page.setInputFiles('#choose', { name: file, mimeType: 'text/plain', buffer: Buffer.from(subject) })
        await page.getByText(/^\d+ byte$/).waitFor()
      }),
    )
    await Promise.all(
      writers.map(async ({ page }) => {
        await page.getByRole('button', { name: 'Skicka', exact: true }).click()
        await page.getByText('Meddelandet är skickat').waitFor()
      }),
    )
    const { rows } = await kuvert.deps.db.query(
      `select sender_account as by, subject, files.name as file from messages join files on message_id = messages.id
       where subject = any($1) order by subject`,
      [writers.map(({ subject }) => subject)],
    )
    expect(rows).toEqual([
      { by: 'anna', subject: 'Annas andra', file: 'anna2.txt' },
      { by: 'anna', subject: 'Annas första', file: 'anna1.txt' },
      { by: 'cecilia', subject: 'Cecilias', file: 'cecilia.txt' },
    ])
    for (const { subject } of writers) expect((await mailTo(bertil, subject)).text).toContain(`Text till ${subject}`)
  })
})
