import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { insertContacts } from '#database/contacts.ts'
import { openChromium } from '../../support/chromium.ts'
import { startTestKuvert, type TestKuvert } from '../../support/kuvert.ts'
import { findServer } from '../../support/servers.ts'
import { openBrowser } from '../../support/browser.ts'

const group = ['ulla@utanfor.example', 'olle@utanfor.example']

let kuvert: TestKuvert
beforeAll(async () => {
  kuvert = await startTestKuvert({}, ['portal'])
  await insertContacts(kuvert.deps.db, 'anna', [
    { name: 'Bostadsgruppen', addresses: group },
    { name: 'Boende, Berit', addresses: ['berit@utanfor.example'] },
    { name: '<img src=x onerror=alert(1)>', addresses: ['img@utanfor.example'] },
  ])
})
afterAll(() => kuvert.close())

async function suggestions(login: string | null, typed: string): Promise<unknown> {
  const browser = openBrowser(kuvert.portalUrl)
  if (login) await browser.post('/login', { login, password: `${login}-ord` })
  const answer = await browser.get(`/suggestions?typed=${encodeURIComponent(typed)}`)
  return answer.ok ? answer.json() : answer.status
}

describe('suggested are', () => {
  test.each([
    ['contacts, then people of the directory', 'b', [{ name: 'Boende, Berit' }, { name: 'Bostadsgruppen' }]],
    [
      'both, by any word of the name',
      'be',
      [{ name: 'Boende, Berit' }, { name: 'Bertil Öst', addresses: ['bertil@kommun.example'] }],
    ],
    ['a group with all that are in it', 'bost', [{ name: 'Bostadsgruppen', addresses: group }]],
    ['whose address begins so', 'olle@', [{ name: 'Bostadsgruppen' }]],
    ['nobody, for nothing', ' ', []],
    ['nobody, for a wildcard', '*', []],
  ])('%s', async (_, typed, expected) => {
    expect(await suggestions('anna', typed)).toMatchObject(expected)
  })

  test('nobody, to somebody who is not logged in; and none of the contacts of others', async () => {
    expect(await suggestions(null, 'bert')).toBe(401)
    expect(await suggestions('bertil', 'bost')).toEqual([])
  })
})

describe.skipIf(!findServer('chromium'))('the field of recipients in Chromium', () => {
  let chromium: Browser
  beforeAll(async () => {
    chromium = await openChromium()
  })
  afterAll(() => chromium.close())

  async function opened(): Promise<Page> {
    const page = await (await chromium.newContext({ locale: 'sv-SE' })).newPage()
    await page.goto(kuvert.portalUrl)
    await page.fill('#login', 'anna')
    await page.fill('#password', 'anna-ord')
    await page.click('form.login button')
    await page.getByRole('combobox', { name: 'Mottagare' }).waitFor()
    return page
  }

  const chosen = (page: Page) => page.locator('.chosen bdi').allTextContents()
  const typed = async (page: Page, text: string) => {
    await page.getByRole('combobox').focus()
    await page.keyboard.type(text)
  }

  test('a suggestion is chosen by keyboard, and told of to screen readers', async () => {
    const page = await opened()
    const field = page.getByRole('combobox')
    await typed(page, 'be')
    await page.getByRole('option', { name: /Bertil Öst/ }).waitFor()
    expect(await field.getAttribute('aria-expanded')).toBe('true')
    expect(await page.locator('.recipients-field [role=status]').textContent()).toContain('2')
    await page.keyboard.press('ArrowUp')
    const active = page.locator(`#${await field.getAttribute('aria-activedescendant')}`)
    expect(await active.textContent()).toContain('bertil@kommun.example')
    expect(await active.getAttribute('aria-selected')).toBe('true')
    await page.keyboard.press('Enter')
    expect(await chosen(page)).toEqual(['Bertil Öst <bertil@kommun.example>'])
    expect(await field.getAttribute('aria-expanded')).toBe('false')
    expect(page.url(), 'Enter sends nothing').toMatch(/\/new\/[\da-f-]{36}$/)
  })

  test('a suggestion that was gone to stays chosen when more of the word has been typed', async () => {
    const page = await opened()
    await typed(page, 'be')
    await page.getByRole('option', { name: /Bertil Öst/ }).waitFor()
    await page.keyboard.press('ArrowUp')
    await page.keyboard.type('rt')
    await expect.poll(() => page.getByRole('option').count()).toBe(1)
    await page.keyboard.press('Enter')
    expect(await chosen(page)).toEqual(['Bertil Öst <bertil@kommun.example>'])
  })

  test('a name with a comma, and all of a group; what is taken away is not sent to', async () => {
    const page = await opened()
    await typed(page, 'boende')
    await page.getByRole('option').click()
    await typed(page, 'bostad')
    await page.getByRole('option').click()
    expect(await chosen(page)).toEqual(['"Boende, Berit" <berit@utanfor.example>', ...group])
    await page.getByRole('button', { name: 'Ta bort olle@utanfor.example' }).click()
    await page.fill('#text', 'Hej')
    await page.click('button[value=send]')
    await page.click('button[value=send-anyway]')
    await page.waitForURL(/\/sent\//)
    const names = await page.locator('.recipients .name').allTextContents()
    expect(names.toSorted()).toEqual(['berit@utanfor.example', 'ulla@utanfor.example'])
  })

  test('a list is pasted, with lines, tabs and names in quotes', async () => {
    const page = await opened()
    await page.getByRole('combobox').focus()
    await page.evaluate(`
      const clipboardData = new DataTransfer()
      clipboardData.setData('text', '"Ek, Eva" <eva@x.example>\\r\\nbo@x.example\\tper@x.example\\nåsa@x.example lo@x.example; eva')
      document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))`)
    expect(await chosen(page)).toEqual([
      '"Ek, Eva" <eva@x.example>',
      'bo@x.example',
      'per@x.example',
      'åsa@x.example',
      'lo@x.example',
      'eva',
    ])
  })

  test('what was typed counts without choosing, Backspace takes the last one back, Escape closes', async () => {
    const page = await opened()
    await typed(page, 'per@x.example, bo@x.example')
    expect(await chosen(page)).toEqual(['per@x.example'])
    await page.focus('#subject')
    expect(await chosen(page)).toEqual(['per@x.example', 'bo@x.example'])
    await page.getByRole('combobox').focus()
    await page.keyboard.press('Backspace')
    expect(await page.getByRole('combobox').inputValue()).toBe('bo@x.example')
    await page.fill('[role=combobox]', 'bert')
    await page.getByRole('option').waitFor()
    await page.keyboard.press('Escape')
    expect(await page.getByRole('option').count()).toBe(0)
    await page.click('button[value=save]')
    await page.getByText('Utkastet är sparat.').first().waitFor()
    expect(await chosen(page), 'after the page was loaded again').toEqual(['per@x.example', 'bert'])
  })

  test('Send is pressed in the middle of typing: the button does not move away from below the pointer', async () => {
    const page = await opened()
    await page.fill('#text', 'Hej')
    await page.check('#private')
    await typed(page, 'bertil@kommun.example')
    await page.locator('button[value=send]').scrollIntoViewIfNeeded()
    const { x, y } = (await page.locator('button[value=send]').boundingBox())!
    await page.mouse.move(x + 20, y + 20)
    await page.mouse.down()
    await page.mouse.up()
    await page.waitForURL(/\/sent\//)
  })

  test('the name of a contact is text, whatever is in it', async () => {
    const page = await opened()
    let alerts = 0
    page.on('dialog', dialog => void (alerts++, dialog.dismiss()))
    await typed(page, 'img@')
    await page.getByRole('option', { name: '<img src=x onerror=alert(1)>' }).click()
    expect(await page.locator('.recipients-field img').count()).toBe(0)
    expect(alerts).toBe(0)
  })

  test('Enter in another field saves the draft: it sends nothing and removes no file', async () => {
    const page = await opened()
    await page.setInputFiles('#choose', { name: 'kvar.txt', mimeType: 'text/plain', buffer: Buffer.from('kvar') })
    await page.getByText('4 byte').waitFor()
    await typed(page, 'ulla@utanfor.example')
    await page.click('button[value=send]')
    await page.getByRole('button', { name: 'Skicka ändå' }).waitFor()
    await page.focus('#subject')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\?saved/)
    await page.locator('.uploads .name').getByText('kvar.txt').waitFor()
  })

  test('recipients are added to a sent message in the same way', async () => {
    const page = await opened()
    await typed(page, 'bertil@kommun.example')
    await page.fill('#text', 'Hej')
    await page.check('#private')
    await page.click('button[value=send]')
    await page.waitForURL(/\/sent\//)
    await typed(page, 'cec')
    await page.getByRole('option', { name: /Cecilia Ek/ }).click()
    await page.getByRole('button', { name: 'Lägg till' }).click()
    await page.locator('.recipients').getByText('cecilia@kommun.example').first().waitFor()
  })
})
