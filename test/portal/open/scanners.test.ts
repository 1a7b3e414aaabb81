import { setTimeout as pause } from 'node:timers/promises'
import type { Browser as Chromium, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { giveBackUnusedTickets } from '#database/downloads.ts'
import { openChromium } from '../../support/chromium.ts'
import { hasServer } from '../../support/servers.ts'
import { everyPage } from '../every-page.ts'
import { startTestPortal, type TestPortal } from '../../support/test-portal.ts'
import type { TestMessage } from '../../support/test-message.ts'

let portal: TestPortal
beforeAll(async () => {
  portal = await startTestPortal({ limits: { failedLogins: 3, failedLoginsPerAddress: 1000 } })
})
afterAll(() => portal.close())

const edge =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36'
const body = { name: 'message.eml', content: Buffer.from('Subject: x\r\n\r\nHej'), kind: 'body' as const }
const files = [body, { name: 'a.pdf', content: Buffer.from('a') }, { name: 'b.pdf', content: Buffer.from('b') }]

/** Who looks at a link that no person has clicked on yet, by what they say of themselves, and how they ask. */
const scanners: [name: string, headers: Record<string, string>, methods: string[], showsIt: boolean][] = [
  // It calls itself a browser, so that a page cannot behave well for it alone.
  ['Safe Links', { 'user-agent': edge, accept: 'text/html' }, ['GET'], false],
  ['Safe Links, before delivery', { 'user-agent': '' }, ['HEAD', 'GET'], true],
  ['Proofpoint', { 'user-agent': 'Mozilla/5.0 (compatible; Proofpoint URL Defense)' }, ['HEAD', 'GET'], true],
  ['Barracuda', { 'user-agent': 'Mozilla/5.0 (compatible; Barracuda Sentinel (EE))' }, ['GET', 'POST'], true],
  ['Mimecast', { 'user-agent': 'Mimecast URL Protect' }, ['HEAD', 'GET'], true],
  ['Teams', { 'user-agent': 'Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5' }, ['GET'], true],
  ['Slack', { 'user-agent': 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)' }, ['HEAD', 'GET'], true],
  ['WhatsApp', { 'user-agent': 'WhatsApp/2.24 A', range: 'bytes=0-32767' }, ['GET'], true],
  ['Messenger', { 'user-agent': 'facebookexternalhit/1.1', range: 'bytes=0-524287' }, ['GET'], true],
  ['Office', { 'user-agent': 'Microsoft Office Protocol Discovery' }, ['OPTIONS', 'HEAD', 'PROPFIND'], true],
  ['a browser that fetches ahead', { 'user-agent': edge, 'sec-purpose': 'prefetch;prerender' }, ['GET'], true],
  [
    'a scanner that sends forms from its own site',
    { 'user-agent': edge, origin: 'https://scanner.example' },
    ['POST'],
    false,
  ],
  ['a scanner that sends forms and says nothing', { 'user-agent': 'python-requests/2.32' }, ['GET', 'POST'], false],
]

test.each(scanners)(
  '%s gets at every address of a message, twice, and nothing is counted',
  async (_, headers, methods, showsIt) => {
    const message = await portal.message({ login: 'none', max: 1, files })
    const addresses = await everyAddress(message)
    const before = portal.log().length
    for (let round = 0; round < 2; round += 1) {
      for (const path of addresses) {
        for (const method of methods) {
          const answer = await fetch(portal.origin + path, { method, headers, redirect: 'manual' })
          expect(answer.headers.getSetCookie().filter(line => !line.startsWith('kuvert-language='))).toEqual([])
          await answer.arrayBuffer()
        }
      }
    }
    expect(await traces(message)).toEqual({ counts: 0, tickets: 0 })
    const lines = logged(before)
    expect(lines.length).toBeGreaterThan(10)
    const marked = lines.filter(line => line['automatic'] === true)
    expect(marked).toHaveLength(showsIt ? lines.length : 0)
  },
)

test('what a person does is not logged as automatic', async () => {
  const message = await portal.message({ login: 'none', files })
  const before = portal.log().length
  const headers = { origin: portal.origin, 'user-agent': edge }
  const browser = portal.browser()
  await browser.get(message.path, headers)
  const asked = await browser.post(`${message.path}/files/1`, {}, headers)
  await browser.get(asked.headers.get('location')!, headers)
  expect(logged(before).map(line => [line['method'], line['automatic']])).toEqual([
    ['GET', undefined],
    ['POST', undefined],
    ['GET', undefined],
  ])
})

test('a scanner that presses a button of a message without login takes a ticket, which comes back if it fetches nothing', async () => {
  const message = await portal.message({ login: 'none', max: 1, files })
  expect((await portal.browser().post(`${message.path}/zip`)).status).toBe(303)
  expect(await traces(message)).toEqual({ counts: 3, tickets: 3 })
  await portal.db.query("update downloads set ends_at = now() - interval '1 second' where link_id = $1", [
    message.links[0]!.id,
  ])
  await giveBackUnusedTickets(portal.db)
  expect((await traces(message)).counts).toBe(0)
})

describe.skipIf(!hasServer('chromium'))('in a real Chromium that runs scripts', () => {
  let chromium: Chromium
  beforeAll(async () => {
    chromium = await openChromium()
  })
  afterAll(() => chromium.close())

  test('opening a message, waiting, scrolling and following every link sends no form and counts nothing', async () => {
    const message = await portal.message({ login: 'none', max: 1, files })
    const page = await chromium.newPage({ locale: 'sv-SE' })
    const methods = new Set<string>()
    page.on('request', request => methods.add(request.method()))
    await page.goto(portal.origin + message.path)
    await page.mouse.wheel(0, 2000)
    for (const button of await page.getByRole('button').all()) await button.hover()
    await pause(1000)
    const links = (await page.evaluate(
      '[...document.links].map(link => link.href).filter(href => href.startsWith("http"))',
    )) as string[]
    for (const link of links) await page.goto(link)
    expect(links.length).toBeGreaterThan(1)
    expect([...methods]).toEqual(['GET'])
    expect(await traces(message)).toEqual({ counts: 0, tickets: 0 })
    await page.close()
  })

  test.each(Object.keys(everyPage))('nothing on this page can act by itself: %s', async name => {
    const context = await chromium.newContext({ locale: 'sv-SE' })
    const page = await context.newPage()
    await everyPage[name]!(portal, page, 'sv')
    expect(await whatCouldAct(page)).toEqual([])
    await context.close()
  })
})

/**
 * Elements and attributes by which a page does something, or lets a browser do it, before anybody has pressed anything. Our own
 * script waits until a button is pressed.
 */
async function whatCouldAct(page: Page): Promise<unknown> {
  return page.evaluate(`[...document.querySelectorAll('*')].filter(element =>
      element.matches('script:not([src^="/assets/download.js?"]), iframe, frame, object, embed, portal, meta[http-equiv], base') ||
      element.matches('link:not([rel=stylesheet]):not([rel=icon])') ||
      [...element.attributes].some(({ name, value }) => /^on/i.test(name) || /^\\s*javascript:/i.test(value) || name === 'ping')
    ).map(element => element.outerHTML)`)
}

/** The page, whatever stands on it, and what could be guessed. */
async function everyAddress(message: TestMessage): Promise<string[]> {
  const page = await (await fetch(portal.origin + message.path)).text()
  const found = [...page.matchAll(/(?:href|action|src)="(\/[^"]*)"/g)].map(match => match[1]!)
  expect(found).toContain(`${message.path}/zip`)
  expect(found).toContain(`${message.path}/text`)
  return [...new Set([message.path, ...found, `${message.path}/login`, `${message.path}/logout`, '/d/x', '/z/x'])]
}

async function traces(message: TestMessage): Promise<{ counts: number; tickets: number }> {
  const { rows } = await portal.db.query<{ counts: number; tickets: number }>(
    `select (select coalesce(sum(used), 0)::integer from counts join files on files.id = file_id where message_id = $1) as counts,
       (select count(*)::integer from downloads join files on files.id = file_id where message_id = $1) as tickets`,
    [message.id],
  )
  return rows[0]!
}

/** Requests that were logged since then. */
function logged(since: number): Record<string, unknown>[] {
  const lines = portal.log().slice(since).trim().split('\n')
  return lines.map(line => JSON.parse(line) as Record<string, unknown>).filter(line => line['msg'] === 'Answered')
}
