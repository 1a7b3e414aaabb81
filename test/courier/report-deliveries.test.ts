import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { reportDeliveries } from '#courier/report-deliveries.ts'
import { unreachable } from '#courier/send/send-copy.ts'
import { makeSendLimit } from '#courier/send/send-limit.ts'
import { mailsTo } from '../support/mailed-code.ts'
import { mailWithAttachment, submit } from '../support/client-mail.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'

let kuvert: TestKuvert
beforeAll(async () => {
  // No courier: each step of one is taken here.
  kuvert = await startTestKuvert({}, ['gateway'])
})
afterEach(() => query('truncate messages, notices cascade'))
afterAll(() => kuvert.close())

const query = (sql: string) => kuvert.deps.db.query<{ value: string }>(sql)
const report = () => reportDeliveries({ ...kuvert.deps, sendLimit: makeSendLimit(kuvert.deps.log, 4) })
const addresses = ['bertil@kommun.example', 'cecilia@kommun.example', 'david@example.org']

async function seal(from = '<anna@kommun.example>') {
  const to = addresses.map(address => `<${address}>`)
  const reply = await submit(kuvert.smtpPort, mailWithAttachment('[secure open] x'), { from, to })
  expect(reply.code).toBe(250)
}

const settle = (where = 'true') =>
  query(
    `update deliveries set state = 'bounced', settled_at = now(), attempts = 1, reason = 'unknown-address', last_reply = '550 5.1.1 no', to_report = 'refused'
     where link_id in (select id from links where ${where})`,
  )

async function queuedMails(): Promise<string[]> {
  const mails = await mailsTo(kuvert.deps, 'anna@kommun.example')
  return mails.map(({ raw }) => raw.toString())
}

async function told(): Promise<string[][]> {
  const mails = await queuedMails()
  return mails.map(mail => [...mail.matchAll(/^Final-Recipient: rfc822; (.*?)\r?$/gm)].map(match => match[1]!))
}

test('couriers that look at the same time tell of each recipient once', async () => {
  await seal()
  await settle()
  await Promise.all(Array.from({ length: 6 }, report))
  expect(await told()).toEqual([addresses])
  expect(await report()).toBe(false)
})

test('where the notification cannot be queued, nothing counts as told', async () => {
  await seal()
  await settle()
  await query('alter table notices rename to notices_away')
  expect(await report()).toBe(true)
  await query('alter table notices_away rename to notices')
  expect(await told()).toEqual([])
  await report()
  expect(await told()).toEqual([addresses])
})

test.each([
  ['is due for the first time', `attempts = 0, leased_until = null`],
  ['is being sent', `attempts = 3, lease = deliveries.id, leased_until = now() + interval '1 minute'`],
])('news waits while another copy of the message %s, but not for long', async (_, state) => {
  await seal()
  await settle(`recipient <> '${addresses[1]}'`)
  await query(`update deliveries set ${state} where state = 'queued'`)
  expect(await report()).toBe(true)
  expect(await told()).toEqual([])
  await query(`update deliveries set settled_at = now() - interval '11 minutes' where state = 'bounced'`)
  expect(await report()).toBe(false)
  expect(await told()).toEqual([[addresses[0], addresses[2]]])
})

test('news does not wait for a copy that is tried again later', async () => {
  await seal()
  await settle(`recipient <> '${addresses[1]}'`)
  await query(
    `update deliveries set attempts = 2, next_attempt_at = now() + interval '1 minute' where state = 'queued'`,
  )
  await report()
  expect(await told()).toEqual([[addresses[0], addresses[2]]])
})

test('a sender without an address is told nothing, and that is settled', async () => {
  await seal('<>')
  await settle()
  expect(await report()).toBe(false)
  expect(await told()).toEqual([])
})

test('copies that no courier has tried yet are not late, unless the next hop is away', async () => {
  await seal()
  await query(`update deliveries set created_at = now() - interval '5 hours'`)
  await report()
  expect(await told()).toEqual([])
  const sendLimit = makeSendLimit(kuvert.deps.log, 4)
  sendLimit.wasAway(new Error('away'))
  await reportDeliveries({ ...kuvert.deps, sendLimit })
  await reportDeliveries({ ...kuvert.deps, sendLimit })
  expect(await told(), 'once').toEqual([addresses])
  const [mail] = await queuedMails()
  expect(mail).toContain(`Diagnostic-Code: x-kuvert; ${unreachable.reply}`)
})

test('a failure takes the place of a warning that was not sent yet', async () => {
  await seal()
  await query(`update deliveries set to_report = 'delayed', delay_noted = true`)
  await settle()
  await report()
  const mails = await queuedMails()
  expect(mails).toHaveLength(1)
  expect(mails[0]!.match(/^Action: failed\r$/gm)).toHaveLength(3)
})
