import { afterEach, beforeEach, expect, test } from 'vitest'
import { mailWithAttachment, submit } from '../support/client-mail.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'

// Somebody who can write to the database, has no key, and waits for the courier.

let sink: SmtpSink
let kuvert: TestKuvert
beforeEach(async () => {
  sink = await startSmtpSink()
  kuvert = await startTestKuvert({
    nextHop: { kind: 'smtp', host: '127.0.0.1', port: sink.port, tls: 'none', timeoutSeconds: 10 },
  })
})
afterEach(async () => {
  await kuvert.close()
  await sink.stop()
})

const query = (sql: string) => kuvert.deps.db.query(sql)

/** What a change of the row makes the courier do, of a copy that the next hop has put off. */
async function deliverAfter(change: string): Promise<void> {
  sink.script = { answers: { DOT: '451 4.3.0 later' } }
  await submit(kuvert.smtpPort, mailWithAttachment('[secure] Bara till Bertil'))
  const waiting = `select 1 from deliveries where state = 'queued' and lease is null and attempts > 0`
  await expect.poll(async () => (await query(waiting)).rows.length).toBe(1)
  await query(change)
  sink.script = {}
  await query(`update deliveries set next_attempt_at = now()`)
  await query('notify kuvert_deliveries')
}

test.each([
  ['recipient of a link', "update links set recipient = 'elak@utanfor.example'"],
  [
    'parameters of a recipient',
    `update links set recipient_parameters = '{"NOTIFY=NEVER\r\nRCPT TO:<elak@utanfor.example>"}'`,
  ],
  ['slim mail', 'update messages set slim_object_key = (select key from objects limit 1), slim_sealed = null'],
  ['sender', "update messages set sender = 'elak@utanfor.example'"],
])(
  'a copy with another %s is sent to nobody, the admin is told, and it goes on once the row is right',
  async (_, change) => {
    await query('create table before as select * from messages where false')
    await query('create table links_before as select * from links where false')
    await deliverAfter(
      `with one as (insert into before select * from messages), two as (insert into links_before select * from links) ${change}`,
    )
    const postponed = `select 1 from deliveries where state = 'queued' and lease is null and reason = 'not-genuine'`
    await expect.poll(async () => (await query(postponed)).rows.length).toBe(1)
    expect(sink.mails).toEqual([])
    const alarms = kuvert.logged.filter(line => String(line['msg']).includes('not as Kuvert wrote it'))
    expect(alarms[0]).toMatchObject({ level: 50, id: expect.stringMatching(/^[\da-f-]{36}$/) })
    expect(JSON.stringify(alarms)).not.toContain('@')
    expect(kuvert.deps.keyring.refused).toBe(alarms.length)
    await query(
      `update links set recipient = one.recipient, recipient_parameters = one.recipient_parameters from links_before as one`,
    )
    await query(
      `update messages set (sender, slim_object_key, slim_sealed) = (select sender, slim_object_key, slim_sealed from before)`,
    )
    await query(`update deliveries set next_attempt_at = now()`)
    await query('notify kuvert_deliveries')
    await sink.waitForMails(1)
  },
)

test('a delivery that was planted sends a link to nobody but its recipient', async () => {
  await submit(kuvert.smtpPort, mailWithAttachment('[secure] En gång till'))
  const [first] = await sink.waitForMails(1)
  await query('insert into deliveries (id, link_id) select gen_random_uuid(), id from links')
  await query('notify kuvert_deliveries')
  const mails = await sink.waitForMails(2)
  expect(mails[1]!.recipients).toEqual(first!.recipients)
})
