import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { deliveriesChannel, newsPayload } from '#database/deliveries.ts'
import { mailWithAttachment, submit } from '../support/client-mail.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'

let sink: SmtpSink
let kuvert: TestKuvert
beforeAll(async () => {
  sink = await startSmtpSink()
  kuvert = await startTestKuvert({
    nextHop: { kind: 'smtp', host: '127.0.0.1', port: sink.port, tls: 'none', timeoutSeconds: 5 },
    // Nothing is tried again before a test wants it.
    courier: { atOnce: 3, warnAfterHours: 4, firstPauseSeconds: 300 },
  })
})
afterEach(async () => {
  // Nothing is under way any more, and nothing is left for the next test; nor is a line that knows what it was offered.
  await expect.poll(async () => (await query('select 1 from deliveries where lease is not null')).rows).toEqual([])
  await query('truncate messages, notices cascade')
  sink.mails.splice(0)
  sink.script = {}
  await expect.poll(dropLine).toEqual([])
})
afterAll(async () => {
  await kuvert.close()
  await sink.stop()
})

/** Drops one line, and tells which are open. */
async function dropLine() {
  await sink.interject({ then: 'drop' }).catch(() => undefined)
  return sink.connections.filter(each => each.open)
}

const people = ['anna', 'bertil', 'cecilia', 'david', 'eva', 'fia'].map(name => `${name}@kommun.example`)
const query = (sql: string) => kuvert.deps.db.query<{ value: string }>(sql)
const reports = () => sink.mails.filter(mail => mail.sender === '')
const finalRecipients = (bytes: Buffer) =>
  [...bytes.toString().matchAll(/^Final-Recipient: rfc822; (.*?)\r?$/gm)].map(match => match[1]!)

async function seal(to: string[], from = '<anna@kommun.example>') {
  const reply = await submit(kuvert.smtpPort, mailWithAttachment('[secure open lang=en] x'), { from, to })
  expect(reply.code).toBe(250)
}

/** What becomes of the copies for these people; of others, and of notifications, every one is taken. */
function refuse(answers: Record<string, string>): void {
  sink.script.answers = {
    // The gateway has asked for each recipient before; only the courier gets as far as the mail.
    DOT: (_, { commands }) => {
      if (commands.findLast(each => each.startsWith('MAIL'))?.includes('<>')) return undefined
      const rcpt = commands.findLast(each => each.startsWith('RCPT')) ?? ''
      return Object.entries(answers).find(([name]) => rcpt.includes(`<${name}@`))?.[1]
    },
  }
}

/** Waits until nothing is left to be told. */
async function untilTold(): Promise<void> {
  const open = `select 1 from deliveries where to_report is not null union all select 1 from notices where state = 'queued'`
  await expect.poll(async () => (await query(open)).rows.length).toBe(0)
}

async function untilSettled(count: number): Promise<void> {
  const settled = `select 1 from deliveries where state <> 'queued' or (attempts > 0 and lease is null)`
  await expect.poll(async () => (await query(settled)).rows.length).toBe(count)
}

async function makeDue(): Promise<void> {
  await query(`update deliveries set next_attempt_at = now() where state = 'queued'`)
  await query('notify kuvert_deliveries')
}

test('all who were refused are told of in one notification, and those who got their copy are not in it', async () => {
  refuse({ bertil: '550 5.1.1 no bertil', cecilia: '550 5.1.1 no cecilia', eva: '554 5.7.1 not you' })
  await seal(people.map(address => `<${address}>`))
  await untilSettled(6)
  await untilTold()
  expect(reports()).toHaveLength(1)
  const [report] = reports()
  expect(report).toMatchObject({ sender: '', recipients: ['anna@kommun.example'] })
  expect(finalRecipients(report!.bytes)).toEqual([people[1], people[2], people[4]])
  expect(report!.bytes.toString()).not.toContain('/l/')
})

test('who fails later is told of in a notification of its own, once', async () => {
  refuse({ bertil: '550 5.1.1 no bertil', cecilia: '450 4.2.0 busy', eva: '450 4.2.0 busy' })
  await seal([`<${people[1]}>`, `<${people[2]}>`, `<${people[4]}>`])
  await untilSettled(3)
  await untilTold()
  refuse({ cecilia: '550 5.2.1 gone', eva: '550 5.2.1 gone' })
  await makeDue()
  await expect.poll(() => reports().length).toBeGreaterThan(1)
  await untilTold()
  const told = reports().map(report => finalRecipients(report.bytes))
  expect(told[0]).toEqual([people[1]])
  expect(told.slice(1).flat().toSorted()).toEqual([people[2], people[4]])
})

test('the sender hears of what the client asked to hear of', async () => {
  const refused = Object.fromEntries(['bertil', 'cecilia', 'david', 'eva'].map(name => [name, '550 5.1.1 no']))
  refuse(refused)
  await seal([
    `<${people[1]}> NOTIFY=NEVER`,
    `<${people[2]}> NOTIFY=SUCCESS,DELAY`,
    `<${people[3]}> NOTIFY=FAILURE ORCPT=rfc822;d+2Bx@example.org`,
    `<${people[4]}>`,
  ])
  await untilSettled(4)
  await untilTold()
  expect(reports().map(report => finalRecipients(report.bytes))).toEqual([[people[3], people[4]]])
  expect(reports()[0]!.bytes.toString()).toContain('Original-Recipient: rfc822;d+x@example.org')
})

test('RET=FULL does not bring the content back, and ENVID does come back', async () => {
  refuse({ bertil: '550 5.1.1 no' })
  await seal([`<${people[1]}>`], '<anna@kommun.example> RET=FULL ENVID=abc+2B1')
  await untilSettled(1)
  await untilTold()
  const report = reports()[0]!.bytes.toString()
  expect(report).toContain('Original-Envelope-Id: abc+1')
  expect(report).toContain('Content-Type: text/rfc822-headers')
  expect(report).toContain('Message-ID: <one@kommun.example>')
  expect(report).not.toMatch(/the text|a\.pdf|message\/rfc822/)
})

test('a next hop that knows DSN gets what the client asked for, and nobody is told twice', async () => {
  await seal([`<${people[1]}> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;b@example.org`])
  await sink.waitForMails(1)
  await untilSettled(1)
  await untilTold()
  expect(sink.mails).toHaveLength(1)
  expect(sink.mails[0]!.rcpts).toEqual([`RCPT TO:<${people[1]}> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;b@example.org`])
})

test('a next hop that does not know DSN gets none of it, and success is told as relayed', async () => {
  sink.script.extensions = ['8BITMIME', 'SMTPUTF8']
  await seal([`<${people[1]}> NOTIFY=SUCCESS`, `<${people[2]}> NOTIFY=FAILURE`, `<${people[3]}>`])
  await sink.waitForMails(4)
  await untilTold()
  expect(sink.mails.flatMap(mail => mail.rcpts).filter(command => command.includes('NOTIFY'))).toEqual([])
  expect(reports()).toHaveLength(1)
  expect(finalRecipients(reports()[0]!.bytes)).toEqual([people[1]])
  expect(reports()[0]!.bytes.toString()).toContain('Action: relayed')
})

test('a sender is warned once of copies that are late, in one mail, if they want to be', async () => {
  refuse({ bertil: '450 4.2.0 busy', cecilia: '450 4.2.0 busy', eva: '450 4.2.0 busy' })
  await seal([`<${people[1]}>`, `<${people[2]}> NOTIFY=DELAY`, `<${people[4]}> NOTIFY=FAILURE`])
  await untilSettled(3)
  expect(reports()).toEqual([])
  await query(`update deliveries set created_at = now() - interval '5 hours'`)
  await query(`select pg_notify('${deliveriesChannel}', '${newsPayload}')`)
  const noted = `select 1 from deliveries where delay_noted`
  await expect.poll(async () => (await query(noted)).rows.length).toBe(3)
  await untilTold()
  expect(reports().map(report => finalRecipients(report.bytes))).toEqual([[people[1], people[2]]])
  const warning = reports()[0]!.bytes.toString()
  expect(warning.match(/^Action: delayed\r$/gm)).toHaveLength(2)
  expect(warning).toMatch(/^Will-Retry-Until: /m)
  expect(warning).not.toContain('/l/')
  refuse({})
  await makeDue()
  await sink.waitForMails(4)
  await untilTold()
  expect(reports()).toHaveLength(1)
}, 60_000)

test('copies of one message that are given up are told of together, however their pauses fell', async () => {
  refuse({ bertil: '450 4.2.0 busy', cecilia: '450 4.2.0 busy', david: '450 4.2.0 busy' })
  await seal([`<${people[1]}>`, `<${people[2]}>`, `<${people[3]}>`])
  await untilSettled(3)
  // Six minutes are left, and the pause would be an hour.
  await query(`update deliveries set created_at = now() - interval '119.9 hours', attempts = 20, delay_noted = true`)
  await makeDue()
  const soon = `next_attempt_at between now() + interval '1 minute' and now() + interval '7 minutes'`
  const due = `select 1 from deliveries where attempts = 21 and lease is null and ${soon}`
  await expect.poll(async () => (await query(due)).rows.length).toBe(3)
  await query(`update deliveries set created_at = now() - interval '120.1 hours'`)
  await makeDue()
  const ended = `select 1 from deliveries where state = 'bounced'`
  await expect.poll(async () => (await query(ended)).rows.length).toBe(3)
  await untilTold()
  expect(reports().map(report => finalRecipients(report.bytes))).toEqual([people.slice(1, 4)])
  expect(reports()[0]!.bytes.toString()).toContain('Status: 5.4.7')
}, 60_000)

test('a notification that is refused is dropped, and causes no other', async () => {
  sink.script.answers = { DOT: '550 5.1.1 nobody' }
  await seal([`<${people[1]}>`])
  await expect.poll(async () => (await query(`select 1 from notices where state = 'dropped'`)).rows.length).toBe(1)
  await untilTold()
  expect((await query('select 1 from notices')).rows).toHaveLength(1)
})

test('a message whose master key is missing waits, and the queue says why', async () => {
  refuse({ bertil: '450 4.2.0 busy' })
  await seal([`<${people[1]}>`])
  await untilSettled(1)
  await query(`update messages set key_id = 'lost-2020'`)
  await query(`update deliveries set created_at = now() - interval '300 hours', attempts = 20, delay_noted = true`)
  await makeDue()
  const reply = `select last_reply as value from deliveries where reason = 'key-missing'`
  await expect.poll(async () => (await query(reply)).rows[0]?.value).toContain('"lost-2020"')
  const later = `select 1 from deliveries where state = 'queued' and next_attempt_at > now() + interval '50 minutes'`
  await expect.poll(async () => (await query(later)).rows.length).toBe(1)
})
