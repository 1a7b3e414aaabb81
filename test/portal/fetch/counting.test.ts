import { afterAll, beforeAll, expect, test } from 'vitest'
import { giveBackUnusedTickets } from '#database/downloads.ts'
import { startTestPortal, type TestPortal } from '../../support/test-portal.ts'
import type { TestMessage } from '../../support/test-message.ts'
import { alter } from '../../support/keyring.ts'

let portal: TestPortal
beforeAll(async () => {
  portal = await startTestPortal()
})
afterAll(() => portal.close())

async function used(message: TestMessage, position = 0): Promise<number> {
  const { rows } = await portal.db.query<{ used: string }>(
    'select coalesce(sum(used), 0) as used from counts where file_id = $1',
    [message.files[position]!.id],
  )
  return Number(rows[0]!.used)
}

test('twenty browsers that ask for the last download at the same time get exactly one ticket', async () => {
  const message = await portal.message({ login: 'none', max: 1 })
  const answers = await Promise.all(Array.from({ length: 20 }, () => portal.browser().post(`${message.path}/files/0`)))
  expect(answers.map(answer => answer.status).toSorted()).toEqual([303, ...Array.from({ length: 19 }, () => 403)])
  expect(await used(message)).toBe(1)
  const { rowCount } = await portal.db.query('select from downloads where file_id = $1', [message.files[0]!.id])
  expect(rowCount).toBe(1)
})

test('the limit is for each recipient and each file', async () => {
  const files = ['a.txt', 'b.txt'].map(name => ({ name, content: Buffer.from(name) }))
  const message = await portal.message({ login: 'none', max: 1, recipients: ['a@x.example', 'b@x.example'], files })
  for (const link of message.links) {
    for (const position of [0, 1]) expect((await portal.browser().download(link.path, position)).status).toBe(200)
    for (const position of [0, 1]) expect((await portal.browser().download(link.path, position)).status).toBe(403)
  }
})

test('without a limit, any number of browsers is counted and none refused', async () => {
  const message = await portal.message({ login: 'none' })
  for (let time = 0; time < 3; time += 1) expect((await portal.browser().download(message.path)).status).toBe(200)
  expect(await used(message)).toBe(3)
})

test('GET and HEAD of everything that a link scanner can find count nothing and begin no session', async () => {
  const message = await portal.message({
    login: 'none',
    max: 1,
    files: [{ name: 'b.eml', content: Buffer.from('x'), kind: 'body' }],
  })
  const before = await portal.db.query('select from sessions')
  const scanner = portal.browser()
  const page = await (await scanner.get(message.path)).text()
  const found = [...page.matchAll(/(?:href|action|src)="(\/[^"]*)"/g)].map(match => match[1]!)
  expect(found).toContain(`${message.path}/text`)
  for (const path of [...found, `${message.path}/files/0`, `${message.path}/logout`, `${message.path}/login`, '/d/x']) {
    await scanner.get(path)
    await scanner.head(path)
  }
  expect(await used(message)).toBe(0)
  expect((await portal.db.query('select from downloads where file_id = $1', [message.files[0]!.id])).rowCount).toBe(0)
  expect((await portal.db.query('select from sessions')).rowCount).toBe(before.rowCount)
})

test('the page says what is left, and offers no button for what is used up', async () => {
  const message = await portal.message({ login: 'none', max: 2 })
  const page = async () => (await portal.browser().get(message.path)).text()
  expect(await page()).toContain('Kan hämtas 2 gånger')
  await portal.browser().download(message.path)
  expect(await page()).toContain('Kan hämtas en gång till')
  await portal.browser().download(message.path)
  expect(await page()).toContain('Hämtad så många gånger som avsändaren har tillåtit')
  expect(await page()).not.toContain('/files/0')
})

test('a ticket is good again in its browser, at no further cost', async () => {
  const message = await portal.message({ login: 'none', max: 1 })
  const browser = portal.browser()
  const ticket = (await browser.post(`${message.path}/files/0`)).headers.get('location')!
  for (let time = 0; time < 3; time += 1) expect(await (await browser.get(ticket)).text()).toBe('filens bytes')
  expect(await used(message)).toBe(1)
})

test('a ticket is of no use in another browser, logged in or not', async () => {
  const message = await portal.message({ login: 'locals' })
  const browser = portal.browser()
  await browser.logIn(message.path, 'anna')
  const ticket = (await browser.post(`${message.path}/files/0`)).headers.get('location')!
  const others = [portal.browser(), portal.browser(), portal.browser()]
  await others[1]!.logIn(message.path, 'cecilia')
  await others[2]!.logIn(message.path, 'anna')
  for (const other of others) {
    const response = await other.get(ticket)
    expect(response.status).toBe(404)
    expect(await response.text()).not.toContain('filens bytes')
  }
})

test.each([
  ['the ticket has ended', "update downloads set ends_at = now() - interval '1 second' where file_id = $1"],
  ['the session has ended', "update sessions set ends_at = now() - interval '1 second' where $1::uuid is not null"],
  [
    'the session has been idle',
    "update sessions set last_seen_at = now() - interval '31 minutes' where $1::uuid is not null",
  ],
])('a ticket is no longer good when %s', async (_, sql) => {
  const message = await portal.message({ login: 'none' })
  const browser = portal.browser()
  const ticket = (await browser.post(`${message.path}/files/0`)).headers.get('location')!
  await alter(portal.deps, sql, [message.files[0]!.id])
  expect((await browser.get(ticket)).status).toBe(404)
})

test.each([
  [
    'the message was withdrawn',
    'update messages set revoked = true, ended_at = now(), wrapped_key = null where id = $1',
  ],
  ['the message has expired', "update messages set expires_at = now() - interval '1 second' where id = $1"],
  ['the link was revoked', 'update links set revoked_at = now() where message_id = $1'],
])('the endpoint that serves bytes finds out itself that %s', async (_, sql) => {
  const message = await portal.message({ login: 'none' })
  const browser = portal.browser()
  const ticket = (await browser.post(`${message.path}/files/0`)).headers.get('location')!
  await alter(portal.deps, sql, [message.id])
  expect((await browser.get(ticket)).status).toBe(410)
})

test('the endpoint that serves bytes finds out itself that the account is no recipient any more', async () => {
  const message = await portal.message({ login: 'recipients', recipients: ['socialtjansten@kommun.example'] })
  const browser = portal.browser()
  await browser.logIn(message.path, 'bertil')
  const ticket = (await browser.post(`${message.path}/files/0`)).headers.get('location')!
  expect((await browser.get(ticket)).status).toBe(200)
  await alter(portal.deps, "update sessions set account_mailboxes = '{}'")
  expect((await browser.get(ticket)).status).toBe(403)
})

test('a ticket that ends with no byte sent is given back, once, and one that was used is not', async () => {
  await portal.db.query('delete from downloads')
  const message = await portal.message({ login: 'none', max: 3 })
  const browser = portal.browser()
  await browser.download(message.path)
  const other = portal.browser()
  const unused = (await other.post(`${message.path}/files/0`)).headers.get('location')!
  await portal.browser().post(`${message.path}/files/0`)
  expect(await used(message)).toBe(3)
  expect(await giveBackUnusedTickets(portal.db)).toBe(0)
  await portal.db.query("update downloads set ends_at = now() - interval '1 second' where file_id = $1", [
    message.files[0]!.id,
  ])
  const given = await Promise.all([giveBackUnusedTickets(portal.db), giveBackUnusedTickets(portal.db)])
  expect(given.toSorted()).toEqual([0, 2])
  expect(await giveBackUnusedTickets(portal.db)).toBe(0)
  expect(await used(message)).toBe(1)
  expect((await other.get(unused)).status).toBe(404)
})
