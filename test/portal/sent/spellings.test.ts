import { afterAll, beforeAll, expect, test } from 'vitest'
import { findSent, senderKeys } from '#database/sent.ts'
import { findOwnMessages } from '#portal/sent/own-message.ts'
import { startTestPortal, type TestPortal } from '../../support/test-portal.ts'

// Letters that are not ASCII, in either case: PostgreSQL itself may not know that they are the same.

let portal: TestPortal
beforeAll(async () => {
  portal = await startTestPortal()
})
afterAll(() => portal.close())

test('who sends as Å@… finds their mails among the sent ones as å@…', async () => {
  const message = await portal.message({ login: 'none', sender: 'Åsa@kommun.example' })
  const account = { id: 'asa', name: 'Åsa', addresses: ['åsa@kommun.example'], mailboxes: [] }
  const keys = senderKeys(account.id, account.addresses)
  const found = await findSent(portal.db, keys, { words: [], before: null, limit: 10 })
  expect(found.map(({ id }) => id)).toEqual([message.id])
  expect(await findOwnMessages(portal.deps, [message.id], account)).toEqual(new Set([message.id]))
})

test('who opens their own message by their own link gets no receipt of it, however their address is spelled', async () => {
  const [own, other] = [['åsa@kommun.example'], ['örjan@kommun.example']]
  for (const recipients of [own, other]) {
    const message = await portal.message({ login: 'none', sender: 'ÅSA@kommun.example', recipients })
    expect(await (await portal.browser().download(message.path)).text()).toBe('filens bytes')
    const { rows } = await portal.db.query('select 1 from receipts where message_id = $1', [message.id])
    expect(rows).toHaveLength(recipients === own ? 0 : 1)
  }
})
