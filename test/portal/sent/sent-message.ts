import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { auditEntries } from '../../support/audit-entries.ts'
import type { TestKuvert } from '../../support/kuvert.ts'
import { openLoggedIn, type Browser } from '../../support/browser.ts'

/** Somebody of the staff, logged in. */
export function staff(kuvert: TestKuvert, login = 'anna'): Promise<Browser> {
  return openLoggedIn(kuvert.portalUrl, login)
}

/** Sends a message in the portal, by Anna to Bertil where nothing else is said, and returns the path of its page. */
export async function send(browser: Browser, fields: Record<string, string> = {}): Promise<string> {
  const usual = { to: 'bertil@kommun.example', subject: 'Hej', text: 'Hej Bertil!', 'login-kind': 'recipients' }
  const written = { ...usual, private: 'yes', receipt: '', do: 'send-anyway', ...fields }
  const answer = await browser.post(`/new/${randomUUID()}`, written)
  expect(answer.status).toBe(303)
  return answer.headers.get('location')!.split('?')[0]!
}

/** The text of a page, as it is read: without markup, with single blanks. */
export async function read(browser: Browser, path: string): Promise<string> {
  const answer = await browser.get(path)
  expect(answer.status).toBe(200)
  return asText(await answer.text())
}

export function asText(page: string): string {
  const words = page.replace(/<(?:script|style)[\s\S]*?<\/(?:script|style)>/g, '').replace(/<[^>]*>/g, ' ')
  const signs: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" }
  return words.replace(/&(?:amp|lt|gt|quot|#39);/g, sign => signs[sign]!).replace(/\s+/g, ' ')
}

/** Of the page of a message, what it says of one recipient. */
export async function about(browser: Browser, path: string, recipient: string): Promise<string> {
  const page = await (await browser.get(path)).text()
  const entries = page.split('<ul class="files recipients">')[1]!.split('<li>')
  return asText(entries.find(entry => entry.includes(`<bdi>${recipient}</bdi>`)) ?? '')
}

/** The links of a message, by recipient. */
export async function linksOf(kuvert: TestKuvert, path: string): Promise<Map<string, string>> {
  const { rows } = await kuvert.deps.db.query<{ id: string; recipient: string }>(
    'select id, recipient from links where message_id = $1',
    [path.split('/')[2]],
  )
  return new Map(rows.map(row => [row.recipient, row.id]))
}

/** What the audit says of a message, but for what the courier did: actions with their actors. */
export async function auditOf(kuvert: TestKuvert, path: string): Promise<string[]> {
  const entries = await auditEntries(kuvert.deps.db)
  return entries
    .filter(({ messageId, actor }) => messageId === path.split('/')[2] && actor !== 'courier')
    .map(({ action, actor }) => `${action} ${actor}`)
}
