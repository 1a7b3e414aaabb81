import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Browser } from '../../support/browser.ts'
import { mailedCode } from '../../support/mailed-code.ts'
import { startTestPortal, type TestPortal } from '../../support/test-portal.ts'
import { alter } from '../../support/keyring.ts'

let portal: TestPortal
beforeAll(async () => {
  portal = await startTestPortal()
})
afterAll(() => portal.close())

async function loggedIn(to?: string) {
  const browser = portal.browser()
  const fields = { login: 'anna', password: 'anna-ord', ...(to !== undefined && { to }) }
  return { browser, answer: await browser.post('/login', fields) }
}

test('the first page asks for a login, and says what a recipient does', async () => {
  const page = await (await portal.browser().get('/')).text()
  expect(page).toContain('action="/login?lang=sv"')
  expect(page).toContain('Öppna länken i mejlet')
})

test('whoever logs in lands where messages are written, and the first page leads there from then on', async () => {
  const { browser, answer } = await loggedIn()
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/new'])
  const home = await browser.get('/')
  expect([home.status, home.headers.get('location')]).toEqual([303, '/new'])
})

test.each([
  ['/sent', '/sent'],
  ['/received', '/received'],
  ['/sent/0d9c5b0e-5a4f-4c39-8f0a-9f3b8f8a4c11', '/sent/0d9c5b0e-5a4f-4c39-8f0a-9f3b8f8a4c11'],
  ['https://elsewhere.example/', '/new'],
  ['//elsewhere.example', '/new'],
  ['/sent//elsewhere.example', '/new'],
  ['/l/abc', '/new'],
  ['/sent\\..\\x', '/new'],
])('a login asked for at %s leads to %s', async (to, location) => {
  expect((await loggedIn(to)).answer.headers.get('location')).toBe(location)
})

test('a wrong login is told so, with the name that was typed and without the password', async () => {
  const answer = await portal.browser().post('/login', { login: 'anna', password: 'fel', to: '/sent' })
  const page = await answer.text()
  expect(answer.status).toBe(403)
  expect(page).toContain('Användarnamnet eller lösenordet är fel')
  expect(page).toContain('value="anna"')
  expect(page).toContain('name="to" value="/sent"')
  expect(page).not.toContain('value="fel"')
})

test('logging out ends the session', async () => {
  const { browser } = await loggedIn()
  const answer = await browser.post('/logout')
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/'])
  expect((await browser.get('/')).status).toBe(200)
})

test('a page of another site can neither log in nor out', async () => {
  const headers = { origin: 'https://elsewhere.example' }
  expect((await portal.browser().post('/login', { login: 'anna', password: 'anna-ord' }, headers)).status).toBe(403)
  const { browser } = await loggedIn()
  expect((await browser.post('/logout', {}, headers)).status).toBe(403)
  expect((await browser.get('/')).status).toBe(303)
})

describe('who is asked to log in is told that they were logged out only if they were', () => {
  const loggedOut = 'Du har blivit utloggad'

  test('at a first visit, and after logging out, they are asked to log in', async () => {
    const { browser } = await loggedIn()
    await browser.post('/logout')
    for (const each of [portal.browser(), browser]) {
      const page = await (await each.get('/sent')).text()
      expect(page).toContain('<bdi>Logga in</bdi>')
      expect(page).toContain('Logga in för att se den här sidan.')
      expect(page).not.toContain(loggedOut)
    }
  })

  test('a wrong password is all that is said of, also where a text is carried along', async () => {
    for (const fields of [{ to: '/sent' }, {}] as Record<string, string>[])
      expect(await wrongLogin(portal.browser(), '/login', fields)).not.toContain(loggedOut)
    const page = await wrongLogin(portal.browser(), `/new/${randomUUID()}`, { text: 'Hej', do: 'send' })
    expect(page).not.toContain(loggedOut)
    expect(page).toContain('Det du skrev finns kvar')
    const { browser } = await loggedIn()
    await portal.db.query('delete from sessions')
    expect(await wrongLogin(browser, '/login', { to: '/sent' })).not.toContain(loggedOut)
  })

  async function wrongLogin(browser: Browser, at: string, fields: Record<string, string>): Promise<string> {
    const page = await (await browser.post(at, { login: 'anna', password: '', ...fields })).text()
    expect(page).toContain('<bdi>Logga in</bdi>')
    expect(page).toContain('Användarnamnet eller lösenordet är fel')
    return page
  }

  test('a session that has ended is said to have', async () => {
    const { browser } = await loggedIn()
    await portal.db.query('delete from sessions')
    const page = await (await browser.get('/sent')).text()
    expect(page).toContain('<bdi>Logga in igen</bdi>')
    expect(page).toContain(loggedOut)
  })

  test('so is that of an account that has gone', async () => {
    const { browser } = await loggedIn()
    await alter(portal.deps, `update sessions set account_id = 'nils', account_read_at = now() - interval '1 hour'`)
    expect(await (await browser.get('/sent')).text()).toContain(loggedOut)
  })

  test('an outsider who has opened a message by a code was never logged in with an account', async () => {
    const message = await portal.message({ login: 'recipients', recipients: ['kim@utanfor.example'] })
    const browser = portal.browser()
    await browser.askForCode(message.path)
    await browser.enterCode(message.path, await mailedCode(portal.deps, 'kim@utanfor.example'))
    const page = await (await browser.get('/sent')).text()
    expect(page).toContain('Logga in för att se den här sidan.')
    expect(page).not.toContain(loggedOut)
  })
})
