import { simpleParser } from 'mailparser'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { mailWithAttachment, submit } from '../support/client-mail.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'
import type { Script } from '../support/scripted-smtp-server.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'

let sink: SmtpSink
let kuvert: TestKuvert
beforeAll(async () => {
  sink = await startSmtpSink()
  kuvert = await startTestKuvert({
    nextHop: { kind: 'smtp', host: '127.0.0.1', port: sink.port, tls: 'none', timeoutSeconds: 2 },
  })
})
afterEach(() => {
  sink.script = {}
  sink.mails.length = 0
})
afterAll(async () => {
  await kuvert.close()
  await sink.stop()
})

/** Once a copy has been tried and put off, it is made due at once. */
async function retryNow(): Promise<void> {
  const tried = async () =>
    (await kuvert.deps.db.query(`select 1 from deliveries where state = 'queued' and attempts > 0 and lease is null`))
      .rows.length
  await expect.poll(tried).toBeGreaterThan(0)
  sink.script = {}
  await kuvert.deps.db.query(`update deliveries set next_attempt_at = now() where state = 'queued'`)
  await kuvert.deps.db.query(`notify kuvert_deliveries`)
}

async function states(): Promise<string[]> {
  const { rows } = await kuvert.deps.db.query<{ state: string }>('select state from deliveries order by created_at')
  return rows.map(row => row.state)
}

test('a copy has one recipient, the sender and the parameters of the mail, and a size of its own', async () => {
  const to = ['<bertil@kommun.example> NOTIFY=NEVER', '<cecilia@kommun.example>']
  await submit(kuvert.smtpPort, mailWithAttachment('[secure] x'), {
    from: '<anna@kommun.example> SIZE=1000 RET=HDRS ENVID=abc',
    to,
  })
  const mails = await sink.waitForMails(2)
  expect(mails.map(mail => mail.mail)).toEqual(
    Array(2).fill('MAIL FROM:<anna@kommun.example> RET=HDRS ENVID=abc BODY=8BITMIME'),
  )
  expect(mails.map(mail => mail.rcpts).toSorted()).toEqual([
    ['RCPT TO:<bertil@kommun.example> NOTIFY=NEVER'],
    ['RCPT TO:<cecilia@kommun.example>'],
  ])
})

test.each<[string, Script]>([
  ['answers 4xx at the end of the mail', { answers: { DOT: '451 4.3.0 later' } }],
  ['drops the line when the mail begins', { answers: { DATA: { say: '354 Go ahead', then: 'drop' } } }],
  ['does not answer at the end of the mail', { answers: { DOT: { then: 'close' } } }],
])('a next hop that %s gets the copy later', async (what, script) => {
  sink.script = script
  expect((await submit(kuvert.smtpPort, mailWithAttachment('[secure] again', what))).code).toBe(250)
  await retryNow()
  const [mail] = await sink.waitForMails(1)
  expect(mail!.bytes.toString()).toContain('Subject: again')
})

test('a refusal for good becomes one notification to the sender, without anything sealed', async () => {
  sink.script = {
    answers: {
      DOT: (_, connection) =>
        connection.commands.some(command => command.includes('<>')) ? undefined : '550 5.1.1 no such user',
    },
  }
  await submit(kuvert.smtpPort, mailWithAttachment('[secure] lost', 'very secret'))
  const [mail] = await sink.waitForMails(1)
  expect(mail).toMatchObject({ sender: '', recipients: ['anna@kommun.example'] })
  const report = await simpleParser(mail!.bytes)
  expect(report.headers.get('content-type')).toMatchObject({ value: 'multipart/report' })
  expect(mail!.bytes.toString()).toContain('Final-Recipient: rfc822; bertil@kommun.example')
  expect(mail!.bytes.toString()).not.toContain('/l/')
  expect(await states()).toContain('bounced')
})

test('a sender without an address is not notified', async () => {
  sink.script = { answers: { DOT: '550 5.1.1 no such user' } }
  const before = (await kuvert.deps.db.query('select 1 from notices')).rows.length
  await submit(kuvert.smtpPort, mailWithAttachment('[secure] lost'), { from: '<>' })
  await expect.poll(async () => (await states()).at(-1)).toBe('bounced')
  expect((await kuvert.deps.db.query('select 1 from notices')).rows).toHaveLength(before)
})

test('a delivery whose courier died is taken up when its lease has ended', async () => {
  sink.script = { answers: { DOT: '451 4.3.0 later' } }
  await submit(kuvert.smtpPort, mailWithAttachment('[secure] orphan'))
  await expect
    .poll(
      async () =>
        (
          await kuvert.deps.db.query(
            `select 1 from deliveries where state = 'queued' and lease is null and attempts > 0`,
          )
        ).rows.length,
    )
    .toBe(1)
  sink.script = {}
  await kuvert.deps.db.query(
    `update deliveries set lease = gen_random_uuid(), leased_until = now() + interval '1 second', next_attempt_at = now() where state = 'queued'`,
  )
  await kuvert.deps.db.query('notify kuvert_deliveries')
  const [mail] = await sink.waitForMails(1)
  expect(mail!.bytes.toString()).toContain('Subject: orphan')
})
