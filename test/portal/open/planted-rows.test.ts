import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hashToken, randomToken } from '#crypto/link-token.ts'
import { mailedCode } from '../../support/mailed-code.ts'
import { startTestPortal, type TestPortal } from '../../support/test-portal.ts'
import type { TestMessage } from '../../support/test-message.ts'

// Somebody who can write to the database, and has no key.

let portal: TestPortal
let refusedBefore = 0
beforeAll(async () => {
  portal = await startTestPortal()
})
afterAll(() => portal.close())

const files = [{ name: 'hemlig.pdf', content: Buffer.from('filens bytes') }]
const forBertil = () => portal.message({ login: 'recipients', recipients: ['bertil@kommun.example'], max: 1, files })

/** What a browser gets of a link, and whether it is what it gets of a link that never was. */
async function expectUnknown(path: string, browser = portal.browser()): Promise<void> {
  const answer = await browser.get(path)
  const [page, unknown] = [await answer.text(), await (await browser.get(`/l/${randomToken()}`)).text()]
  expect(answer.status).toBe(404)
  const withoutPaths = (text: string) => text.replaceAll(/\/l\/[\w-]+/g, '/l/…').replaceAll(/[\da-f-]{36}/g, '…')
  expect(withoutPaths(page)).toBe(withoutPaths(unknown))
  expect(await (await browser.download(path)).text()).not.toContain('filens bytes')
  expect(portal.deps.keyring.refused).toBeGreaterThan(refusedBefore)
  refusedBefore = portal.deps.keyring.refused
}

/** A session of somebody, with the id of their cookie. */
async function logIn(id: string) {
  const browser = portal.browser()
  await browser.post('/login', { login: id, password: `${id}-ord` })
  return browser
}

test.each([
  ['nobody is to be asked', "login = 'none'"],
  ['any local may open', "login = 'locals'"],
  ['there is no limit', 'max_downloads = null'],
  ['it can be opened for longer', "expires_at = expires_at + interval '1 day'"],
  ['it is not private', 'private = not private'],
  ['somebody else sent it', "sender = 'anna@kommun.example'"],
  ['an account sent it', "sender_account = 'anna'"],
  ['copies are written from another object', "slim_object_key = 'other'"],
  ['the link stands elsewhere', `slim_slots = '[{"offset":1}]'`],
  ['its envelope is another one', "envelope_parameters = '{RET=FULL}'"],
  ['its key is another one', "mac = ''"],
])('a message of which a row says that %s is refused', async (_, change) => {
  const message = await forBertil()
  const bertil = await logIn('bertil')
  expect((await bertil.get(message.path)).status).toBe(200)
  await portal.db.query(`update messages set ${change} where id = $1`, [message.id])
  await expectUnknown(message.path, bertil)
  await expectUnknown(message.path)
})

test.each([
  ['recipient', "recipient = 'anna@kommun.example'"],
  ['recipient key', "recipient_key = 'anna@kommun.example'"],
  ['recipient and key', "recipient = 'anna@kommun.example', recipient_key = 'anna@kommun.example'"],
  ['kind of recipient', 'is_local = not is_local'],
  ['generation', 'generation = 1'],
  ['parameters', "recipient_parameters = '{NOTIFY=NEVER}'"],
])('a link with another %s is refused, is in nobody’s list, and opens nothing else', async (_, change) => {
  const message = await forBertil()
  const anna = await logIn('anna')
  await portal.db.query(`update links set ${change} where message_id = $1`, [message.id])
  await expectUnknown(message.path, anna)
  expect(await (await anna.get('/received')).text()).not.toContain('/l/')
})

describe('a link of somebody’s own', () => {
  const plant = (message: TestMessage, token: string) =>
    portal.db.query(
      `insert into links (id, message_id, recipient, recipient_key, recipient_parameters, is_local, token_hash, link_key_id, mac)
       select $2, message_id, 'anna@kommun.example', 'anna@kommun.example', '{}', true, $3, link_key_id, mac
       from links where message_id = $1`,
      [message.id, randomUUID(), hashToken(token)],
    )

  test('opens nothing, with a hash of their own and the code of another link', async () => {
    const message = await forBertil()
    const token = randomToken().slice(0, 32)
    await plant(message, token)
    await expectUnknown(`/l/${token}`)
    await expectUnknown(`/l/${token}`, await logIn('anna'))
  })

  test('makes nobody a recipient of the others’ links', async () => {
    const message = await forBertil()
    await plant(message, randomToken())
    const anna = await logIn('anna')
    expect((await anna.get(message.path)).status).toBe(403)
  })

  test('opens nothing under the row of another link', async () => {
    const message = await portal.message({ login: 'none', files })
    const token = randomToken().slice(0, 32)
    await portal.db.query('update links set token_hash = $2 where message_id = $1', [message.id, hashToken(token)])
    await expectUnknown(`/l/${token}`)
  })

  test('does not lead to another message', async () => {
    const [open, closed] = [await portal.message({ login: 'none' }), await forBertil()]
    await portal.db.query('update links set message_id = $2 where message_id = $1', [open.id, closed.id])
    await expectUnknown(open.path)
  })
})

describe('a session', () => {
  test('that somebody planted is nobody’s', async () => {
    const message = await forBertil()
    await logIn('bertil')
    const id = randomBytes(32).toString('base64url')
    await portal.db.query(
      `insert into sessions (id_hash, account_id, account_name, account_addresses, account_mailboxes, ends_at, link_key_id, mac)
       select $1, account_id, account_name, account_addresses, account_mailboxes, ends_at, link_key_id, mac
       from sessions where account_id = 'bertil' limit 1`,
      [hashToken(id)],
    )
    const browser = portal.browser()
    browser.cookies.set('kuvert', id)
    expect(await (await browser.get(message.path)).text()).toContain('name="password"')
  })

  test.each([
    ['account', "account_id = 'bertil'"],
    ['addresses', "account_addresses = '{bertil@kommun.example}'"],
    ['mailboxes', "account_mailboxes = '{bertil@kommun.example}'"],
    ['end', "ends_at = ends_at + interval '1 day'"],
    [
      'account, with the code of a session of theirs',
      `(account_id, account_name, account_addresses, account_mailboxes, ends_at, link_key_id, mac) =
        (select account_id, account_name, account_addresses, account_mailboxes, ends_at, link_key_id, mac
         from sessions where account_id = 'bertil' limit 1)`,
    ],
  ])('with another %s has ended', async (_, change) => {
    const message = await forBertil()
    await portal.db.query('delete from sessions')
    await logIn('bertil')
    const anna = await logIn('anna')
    await portal.db.query(`update sessions set ${change} where account_id = 'anna'`)
    const before = portal.deps.keyring.refused
    expect(await (await anna.get(message.path)).text()).toContain('name="password"')
    expect((await anna.get('/received')).status).not.toBe(200)
    expect(portal.deps.keyring.refused).toBeGreaterThan(before)
  })

  test('of an outsider opens no other link', async () => {
    const outsider = 'olle@utanfor.example'
    const [own, other] = [await portal.message({ login: 'recipients', recipients: [outsider] }), await forBertil()]
    const browser = portal.browser()
    await browser.askForCode(own.path)
    await browser.enterCode(own.path, await mailedCode(portal.deps, outsider))
    await portal.db.query('update sessions set link_id = $1 where link_id is not null', [other.links[0]!.id])
    expect(await (await browser.get(other.path)).text()).toContain('name="password"')
  })
})

test('a message in the list of sent ones is opened to nobody who is called its sender', async () => {
  const message = await forBertil()
  const anna = await logIn('anna')
  await portal.db.query("update messages set sender_account = 'anna' where id = $1", [message.id])
  expect((await anna.get(`/sent/${message.id}`)).status).toBe(404)
  for (const name of ['extend', 'max', 'recipients', 'resend'])
    expect((await anna.post(`/sent/${message.id}/${name}`, { to: 'anna@kommun.example' })).status).toBe(404)
})

test('a draft is shown to nobody but who began it', async () => {
  const [anna, bertil] = [await logIn('anna'), await logIn('bertil')]
  const id = randomUUID()
  await bertil.post(`/new/${id}`, { subject: 'Bara mitt', text: 'Ingen annans', do: 'save' })
  expect(await (await bertil.get(`/new/${id}`)).text()).toContain('Ingen annans')
  await portal.db.query("update drafts set account_id = 'anna' where id = $1", [id])
  const before = portal.deps.keyring.refused
  const shown = await (await anna.get(`/new/${id}`)).text()
  expect(shown).not.toContain('Ingen annans')
  expect(await (await anna.get(`/new/${randomUUID()}`)).text()).not.toContain('Bara mitt')
  expect((await anna.post(`/new/${id}`, { text: 'Annas', do: 'save' })).status).toBe(404)
  expect(portal.deps.keyring.refused).toBeGreaterThan(before)
})

test('what Kuvert changes itself goes on: a session that the directory tells anew', async () => {
  const message = await forBertil()
  const bertil = await logIn('bertil')
  await portal.db.query("update sessions set account_read_at = now() - interval '2 minutes'")
  for (let time = 0; time < 2; time += 1) expect((await bertil.get(message.path)).status).toBe(200)
})
