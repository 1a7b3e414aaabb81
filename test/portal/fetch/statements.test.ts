import pg from 'pg'
import { afterEach, expect, test, vi } from 'vitest'
import { startTestPortal } from '../../support/test-portal.ts'

afterEach(() => vi.restoreAllMocks())

/** What PostgreSQL is asked while `work` runs: the name of each statement, or its first words. */
async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const query = vi.spyOn(pg.Client.prototype, 'query')
  await work()
  const asked = query.mock.calls.map(([statement]) => statement as string | pg.QueryConfig)
  query.mockRestore()
  return asked.map(statement => {
    if (typeof statement === 'string') return statement
    return statement.name ?? statement.text.split(/\s+/, 3).join(' ')
  })
}

test('a page, a press and the bytes each begin with one statement that authorises', async () => {
  const portal = await startTestPortal()
  const message = await portal.message({ login: 'recipients', recipients: ['anna@kommun.example'] })
  const browser = portal.browser()
  await browser.logIn(message.path, 'anna')

  const ofPage = await statementsOf(() => browser.get(message.path))
  expect(ofPage.slice(0, 3)).toEqual(['find-grant-by-token', 'find-counts', 'find-tickets-of-session'])
  expect(ofPage.length).toBeLessThanOrEqual(4)

  let ticket = ''
  const ofPress = await statementsOf(async () => {
    ticket = (await browser.post(`${message.path}/files/0`)).headers.get('location')!
  })
  expect(ofPress.slice(0, 4)).toEqual(['find-grant-by-token', 'begin', 'lock-session', 'lock-tickets-of-session'])
  expect(ofPress.length).toBeLessThanOrEqual(8)

  // Closing waits for what is noted after the last byte.
  const ofBytes = await statementsOf(async () => {
    await (await browser.get(ticket)).arrayBuffer()
    await portal.close()
  })
  expect(ofBytes.slice(0, 3)).toEqual(['find-grant-by-ticket', 'charge-tickets', 'begin'])
})

test('an unknown token is asked about with as many statements as a known one', async () => {
  const portal = await startTestPortal()
  const message = await portal.message({ login: 'recipients', recipients: ['anna@kommun.example'] })
  const browser = portal.browser()
  const unknown = await statementsOf(() => browser.get(`/l/${'x'.repeat(32)}`))
  expect(unknown[0]).toBe('find-grant-by-token')
  expect(await statementsOf(() => browser.get(message.path))).toEqual(['find-grant-by-token'])
  await portal.db.query("update messages set expires_at = now() - interval '1 minute' where id = $1", [message.id])
  expect(await statementsOf(() => browser.get(message.path))).toEqual(unknown)
  await portal.close()
})
