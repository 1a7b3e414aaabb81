import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestPortal, type TestPortal } from '../../support/test-portal.ts'

let portal: TestPortal
beforeAll(async () => {
  portal = await startTestPortal()
})
afterAll(() => portal.close())

async function languageOf(path: string, acceptLanguage: string, browser = portal.browser()): Promise<string> {
  const page = await (await browser.get(path, { 'accept-language': acceptLanguage })).text()
  return /<html lang="(\w+)">/.exec(page)![1]!
}

test.each([
  ['en-GB,en;q=0.9', 'en'],
  ['EN', 'en'],
  ['sv-FI, en;q=0.9', 'sv'],
  ['de-DE,de;q=0.9,sv;q=0.7,en;q=0.8', 'en'],
  ['en;q=0, sv;q=0.1', 'sv'],
  ['en;q=0.5, sv;q=0.5', 'en'],
  // Neither is asked for: the organisation's, or the message's.
  ['de-DE, fr', 'sv'],
  ['en;q=0', 'sv'],
  ['*', 'sv'],
  ['english', 'sv'],
  ['', 'sv'],
  [`${'de,'.repeat(3000)}en`, 'sv'],
])('a browser that asks for %s gets pages in %s', async (acceptLanguage, language) => {
  expect(await languageOf('/', acceptLanguage)).toBe(language)
})

test('what the visitor chose counts before what their browser asks for, and that before the message', async () => {
  const message = await portal.message({ login: 'none', lang: 'en' })
  expect(await languageOf(message.path, '*')).toBe('en')
  expect(await languageOf(message.path, 'sv')).toBe('sv')
  const browser = portal.browser()
  expect(await languageOf(`${message.path}?lang=en`, 'sv', browser)).toBe('en')
  expect(await languageOf(message.path, 'sv', browser)).toBe('en')
  expect(await languageOf('/', 'sv', browser)).toBe('en')
})
