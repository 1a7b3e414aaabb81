import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { Browser as Chromium, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openChromium } from '../../support/chromium.ts'
import { hasServer } from '../../support/servers.ts'
import type { Browser } from '../../support/browser.ts'
import { startTestPortal, type TestPortal } from '../../support/test-portal.ts'
import type { TestMessage } from '../../support/test-message.ts'

let portal: TestPortal
beforeAll(async () => {
  portal = await startTestPortal()
})
afterAll(() => portal.close())

const content = Buffer.from('filens bytes')
const body = { name: 'message.eml', content: Buffer.from('Subject: x\r\n\r\nHej Anna'), kind: 'body' as const }
const files = [body, { name: 'a.pdf', content }, { name: 'b.pdf', content: Buffer.from('b') }]

describe('one press or ten in the same browser cost one', () => {
  test.each(['files/1', 'text', 'zip'])('of %s, one after the other and at the same time', async what => {
    const message = await portal.message({ login: 'none', max: 2, files })
    const browser = portal.browser()
    const press = async () => {
      const { status, headers } = await browser.post(`${message.path}/${what}`)
      return [status, headers.get('location')]
    }
    const first = await press()
    expect(first[0]).toBe(303)
    expect(await press()).toEqual(first)
    const many = await Promise.all(Array.from({ length: 60 }, press))
    expect(many).toEqual(Array.from({ length: 60 }, () => first))
    expect(Math.max(...(await used(message)))).toBe(1)
  })

  test('also sixty at once from a browser that is logged in and has pressed nothing yet', async () => {
    const message = await portal.message({ login: 'recipients', max: 5 })
    const browser = portal.browser()
    await browser.logIn(message.path, 'anna')
    const presses = Array.from({ length: 60 }, () => browser.post(`${message.path}/files/0`))
    const tickets = new Set((await Promise.all(presses)).map(answer => answer.headers.get('location')))
    expect(tickets.size).toBe(1)
    expect(await used(message)).toEqual([1])
  })

  test('also sixty at once from one page without a login, before any answer has brought a cookie', async () => {
    const message = await portal.message({ login: 'none', max: 1 })
    const page = await (await portal.browser().get(message.path)).text()
    const browser = /name="browser" value="([\w-]{43})"/.exec(page)![1]!
    const presses = Array.from({ length: 60 }, () => portal.browser().post(`${message.path}/files/0`, { browser }))
    const answers = await Promise.all(presses)
    expect(new Set(answers.map(answer => answer.headers.get('location'))).size).toBe(1)
    expect(await used(message)).toEqual([1])
    expect(await (await portal.browser().get(message.path)).text()).not.toContain(browser)
  })

  test('a page whose session has ended begins another one, and so does one that was made up', async () => {
    const message = await portal.message({ login: 'none', max: 2 })
    const id = 'x'.repeat(43)
    const first = portal.browser()
    await first.post(`${message.path}/files/0`, { browser: id })
    await portal.db.query("update sessions set ends_at = now() - interval '1 second'")
    const second = portal.browser()
    expect((await second.post(`${message.path}/files/0`, { browser: id })).status).toBe(303)
    expect([...second.cookies.values()]).not.toContain(id)
    for (const browser of ['', 'x', `${id}x`, "'".repeat(43)]) {
      const other = portal.browser()
      await other.post(`${message.path}/files/0`, { browser })
      expect([...other.cookies.values()]).not.toContain(browser)
    }
  })

  test('but what is pressed in another browser, or once the ticket has ended, is counted again', async () => {
    const message = await portal.message({ login: 'none', max: 3 })
    const browser = portal.browser()
    await browser.download(message.path)
    await portal.browser().download(message.path)
    await portal.db.query("update downloads set ends_at = now() - interval '1 second'")
    await browser.download(message.path)
    expect(await used(message)).toEqual([3])
    expect((await browser.post(`${message.path}/files/0`)).status).toBe(303)
    expect((await portal.browser().post(`${message.path}/files/0`)).status).toBe(403)
  })
})

describe('a ticket serves three times the size of its file', () => {
  test('and then the page says that the next time counts, and it does', async () => {
    const message = await portal.message({ login: 'none', max: 2 })
    const browser = portal.browser()
    const ticket = (await browser.post(`${message.path}/files/0`)).headers.get('location')!
    const fetches = await Promise.all(Array.from({ length: 50 }, () => browser.get(ticket)))
    expect(fetches.filter(({ status }) => status === 200)).toHaveLength(3)
    expect((await browser.get(ticket)).status).toBe(404)
    const page = await (await browser.get(message.path)).text()
    expect(page).toContain('Nästa hämtning räknas igen')
    expect(page).toContain('Kan hämtas en gång till')
    expect(page).not.toContain('utan att det räknas')
    expect((await browser.download(message.path)).status).toBe(200)
    expect(await used(message)).toEqual([2])
    for (let time = 0; time < 2; time += 1) await browser.download(message.path)
    expect((await browser.post(`${message.path}/files/0`)).status).toBe(403)
  })

  test('in ranges, too, and of a zip each file', async () => {
    const message = await portal.message({ login: 'none', max: 1, files })
    const browser = portal.browser()
    const zip = (await browser.post(`${message.path}/zip`)).headers.get('location')!
    for (let time = 0; time < 3; time += 1) expect((await (await browser.get(zip)).bytes()).length).toBeGreaterThan(100)
    expect((await browser.get(zip)).status).toBe(404)
    expect((await browser.get(zip, { range: 'bytes=0-3' })).status).toBe(206)
    expect((await browser.post(`${message.path}/files/1`)).status).toBe(403)
    // A page of its own shows the text for as long as the ticket lives.
    expect(await (await browser.get(`${message.path}/text`)).text()).toContain('Hej Anna')
  })

  test('and takes back what was not sent, so that a download may break off many times', async () => {
    const large = randomBytes(30_000_000)
    const message = await portal.message({ login: 'none', max: 1, files: [{ name: 'a', content: large }] })
    const browser = portal.browser()
    const ticket = (await browser.post(`${message.path}/files/0`)).headers.get('location')!
    for (let time = 0; time < 6; time += 1) {
      const response = await slowly(browser, ticket)
      await once(response, 'data')
      response.destroy()
      while ((await sentBytes(message)) >= large.length) await pause(10)
    }
    expect(await sentBytes(message)).toBeGreaterThan(0)
    expect((await (await browser.get(ticket)).bytes()).length).toBe(large.length)
  })
})

test('when all is used up the page says whom to ask, and not before', async () => {
  const message = await portal.message({ login: 'none', max: 1, files })
  const first = portal.browser()
  await first.post(`${message.path}/files/1`)
  const other = portal.browser()
  const ask = 'Behöver du det fortfarande? Be avsändaren'
  expect(await (await other.get(message.path)).text()).not.toContain(ask)
  await first.post(`${message.path}/zip`)
  expect(await (await other.get(message.path)).text()).toContain(ask)
  expect(await (await first.get(message.path)).text()).not.toContain(ask)
})

describe.skipIf(!hasServer('chromium'))('in a real browser', () => {
  let chromium: Chromium
  beforeAll(async () => {
    chromium = await openChromium()
  })
  afterAll(() => chromium.close())

  async function open(message: TestMessage, javaScriptEnabled: boolean): Promise<Page> {
    const context = await chromium.newContext({ locale: 'sv-SE', javaScriptEnabled })
    const page = await context.newPage()
    await page.goto(portal.origin + message.path)
    return page
  }

  test.each([true, false])('pressing twice at once costs one and saves the file; scripts: %s', async scripts => {
    const message = await portal.message({ login: 'none', max: 1 })
    const page = await open(message, scripts)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Hämta' }).dblclick(),
    ])
    const chunks = await (await download.createReadStream()).toArray()
    expect(Buffer.concat(chunks as Buffer[])).toEqual(content)
    expect(await used(message)).toEqual([1])
    await page.context().close()
  })

  test('the page says what is left right after a press, and presses again at no cost', async () => {
    const message = await portal.message({ login: 'none', max: 2 })
    const page = await open(message, true)
    const complaints: string[] = []
    page.on('console', line => complaints.push(line.text()))
    await page.getByText('Kan hämtas 2 gånger').waitFor()
    await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Hämta' }).click()])
    await page.getByText('Kan hämtas en gång till').waitFor()
    await page.getByText('utan att det räknas').waitFor()
    expect(await page.evaluate('document.activeElement.textContent')).toContain('Hämta')
    await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')])
    expect(await used(message)).toEqual([1])
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('what is refused is told as without the script', async () => {
    const message = await portal.message({ login: 'none', max: 1 })
    const page = await open(message, true)
    await portal.browser().download(message.path)
    await page.getByRole('button', { name: 'Hämta' }).click()
    await page.getByRole('heading', { name: 'Det går inte att öppna fler gånger' }).waitFor()
    await page.context().close()
  })

  test.each([true, false])('going back from the text, the page is up to date; scripts: %s', async scripts => {
    const message = await portal.message({ login: 'none', max: 1, files })
    const page = await open(message, scripts)
    await page.getByRole('button', { name: 'Visa texten' }).click()
    await page.getByText('Hej Anna').waitFor()
    await page.goBack()
    await page.getByText('Texten kan visas igen').waitFor()
    await page.context().close()
  })
})

/** Downloads counted of each file, by all. */
async function used(message: TestMessage): Promise<number[]> {
  const { rows } = await portal.db.query<{ used: number }>(
    `select coalesce((select sum(used) from counts where file_id = files.id), 0)::integer as used
     from files where message_id = $1 order by position`,
    [message.id],
  )
  return rows.map(row => row.used)
}

async function sentBytes(message: TestMessage): Promise<number> {
  const { rows } = await portal.db.query<{ sent: string }>(
    'select sum(sent_bytes) as sent from downloads where file_id = $1',
    [message.files[0]!.id],
  )
  return Number(rows[0]!.sent)
}

/** An answer of which nothing is read yet. */
async function slowly(browser: Browser, ticket: string): Promise<IncomingMessage> {
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const options = { headers: { cookie }, agent: false }
  const [response] = (await once(get(new URL(ticket, portal.origin), options), 'response')) as [IncomingMessage]
  return response
}
