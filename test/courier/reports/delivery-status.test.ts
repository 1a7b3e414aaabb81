import { simpleParser } from 'mailparser'
import { expect, test } from 'vitest'
import {
  writeDeliveryStatus,
  type DeliveryStatusFacts,
  type ReportedRecipient,
} from '#courier/reports/delivery-status.ts'
import { wants } from '#courier/reports/dsn-parameters.ts'
import { readParts } from '../rewrite/read-parts.ts'

const token = 'Zx8Kq0_vB-3mN7aYtR2wLcD5eF9gHjUs'

const to: ReportedRecipient = {
  recipient: 'bo@example.net',
  recipientParameters: [],
  toReport: 'refused',
  reason: 'unknown-address',
  reply: '550 5.1.1 <bo@example.net>: no such user',
  createdAt: new Date('2026-11-24T10:00:00Z'),
  at: new Date('2026-11-24T10:05:00Z'),
}
const fiveDays = { toReport: 'given-up', at: new Date('2026-11-29T10:00:00Z') } as const

function facts(
  message: Partial<DeliveryStatusFacts['message']> = {},
  recipient: Partial<ReportedRecipient> = {},
  rest: Partial<Omit<DeliveryStatusFacts, 'message'>> = {},
): DeliveryStatusFacts {
  return {
    kind: 'failed',
    message: {
      sender: 'anna@example.org',
      senderName: 'Anna Å <anna@example.org>',
      subject: 'Inför mötet',
      lang: 'sv',
      createdAt: to.createdAt,
      envelopeParameters: [],
      ...message,
    },
    recipients: [{ ...to, ...recipient }],
    giveUpHours: 120,
    hostname: 'gw.example.org',
    from: 'kuvert@example.org',
    now: to.at,
    ...rest,
  }
}

async function statusOf(given: DeliveryStatusFacts): Promise<string> {
  return (await readParts(writeDeliveryStatus(given)))[1]!.text
}

test('the sender reads who did not get the mail and why, in the language of the message', async () => {
  const mail = await simpleParser(writeDeliveryStatus(facts()))
  expect(mail.subject).toBe('Inte levererat: Inför mötet')
  expect(mail.from?.text).toBe('"Kuvert" <kuvert@example.org>')
  expect([mail.to].flat().map(address => address?.text)).toEqual(['anna@example.org'])
  expect(mail.headers.get('auto-submitted')).toBe('auto-replied')
  expect(mail.text).toContain('Ditt meddelande "Inför mötet" kunde inte levereras till bo@example.net.')
  expect(mail.text).toContain('550 5.1.1 <bo@example.net>: no such user')
  const english = await simpleParser(writeDeliveryStatus(facts({ lang: 'en', subject: '' }, fiveDays)))
  expect(english.subject).toBe('Not delivered: (no subject)')
  expect(english.text).toContain('Delivery has been tried for 5 days without success.')
})

test('machines read a status report with its three parts', async () => {
  const recipientParameters = ['NOTIFY=SUCCESS,FAILURE', 'ORCPT=rfc822;Bo+2Bx@example.net']
  const mail = writeDeliveryStatus(facts({ envelopeParameters: ['SIZE=100', 'ENVID=QQ+3D1'] }, { recipientParameters }))
  expect(mail.toString()).toContain('Content-Type: multipart/report; report-type=delivery-status;')
  const parts = await readParts(mail)
  expect(parts.map(part => part.type)).toEqual(['text/plain', 'message/delivery-status', 'text/rfc822-headers'])
  expect(parts[1]!.text.trim().split('\r\n')).toEqual([
    'Original-Envelope-Id: QQ=1',
    'Reporting-MTA: dns; gw.example.org',
    'Arrival-Date: Tue, 24 Nov 2026 10:00:00 +0000',
    '',
    'Original-Recipient: rfc822;Bo+x@example.net',
    'Final-Recipient: rfc822; bo@example.net',
    'Action: failed',
    'Status: 5.1.1',
    'Diagnostic-Code: smtp; 550 5.1.1 <bo@example.net>: no such user',
    'Last-Attempt-Date: Tue, 24 Nov 2026 10:05:00 +0000',
  ])
})

test('whatever a client called its mail and its recipients, no line is longer than 998 bytes', async () => {
  const long = 'a'.repeat(5000)
  const mail = writeDeliveryStatus(
    facts(
      { envelopeParameters: [`ENVID=${long}`], sender: `${long.slice(0, 880)}@example.org` },
      { recipientParameters: [`ORCPT=rfc822;${long}`], recipient: `${'å'.repeat(440)}@example.net` },
    ),
  )
  expect(
    Math.max(
      ...mail
        .toString('latin1')
        .split('\r\n')
        .map(line => line.length),
    ),
  ).toBeLessThanOrEqual(998)
  const [, status] = await readParts(mail)
  expect(status!.text).not.toMatch(/^Original-/m)
  expect(status!.text).toContain('Final-Recipient: utf-8; \\x{E5}\\x{E5}')
})

test.each<[string, Partial<ReportedRecipient>, string, string]>([
  ['552 5.3.4 too big', { reason: 'too-large' }, '5.3.4', 'smtp'],
  ['554 no thanks', { reason: 'refused' }, '5.0.0', 'smtp'],
  ['554 4.1.1 confused', { reason: 'refused' }, '5.0.0', 'smtp'],
  ['451 4.7.1 greylisted', { ...fiveDays, reason: 'deferred' }, '5.4.7', 'smtp'],
  ['It is away.', { ...fiveDays, reason: 'unreachable' }, '5.4.7', 'x-kuvert'],
  ['The next mail server cannot take such an address.', { reason: 'not-supported' }, '5.0.0', 'x-kuvert'],
  ['451 4.7.1 greylisted', { toReport: 'dropped', reason: 'deferred' }, '5.0.0', 'smtp'],
])('after "%s" (%j) the status is %s', async (reply, recipient, status, type) => {
  const report = await statusOf(facts({}, { reply, ...recipient }))
  expect(report).toContain(`\r\nStatus: ${status}\r\n`)
  expect(report).toContain(`\r\nDiagnostic-Code: ${type}; `)
})

test('several recipients are told of in one report, with a group of fields for each', async () => {
  const late = { ...to, ...fiveDays, recipient: 'eva@example.net', reply: '450 4.2.0 busy' }
  const mail = writeDeliveryStatus(facts({}, {}, { recipients: [to, late] }))
  const [text, status] = await readParts(mail)
  expect(text!.text).toContain('kunde inte levereras till 2 mottagare:')
  expect(text!.text).toMatch(
    /\r\nbo@example\.net\r\n\r\nMejlservern tog inte[^]*no such user[^]*\r\neva@example\.net\r\n\r\n[^]*i 5 dygn[^]*busy/,
  )
  const groups = status!.text.trim().split('\r\n\r\n')
  expect(groups).toHaveLength(3)
  expect(groups[1]).toMatch(/^Final-Recipient: rfc822; bo@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\n/)
  expect(groups[2]).toMatch(/^Final-Recipient: rfc822; eva@example.net\r\nAction: failed\r\nStatus: 5.4.7\r\n/)
})

test('a delay is told of as one, with the time until which it is tried', async () => {
  const late = { toReport: 'delayed', reason: 'deferred', reply: '451 4.7.1 greylisted' } as const
  const given = facts({}, late, { kind: 'delayed', now: new Date('2026-11-24T14:00:00Z') })
  const status = await statusOf(given)
  expect(status).toContain('\r\nAction: delayed\r\nStatus: 4.7.1\r\n')
  expect(status).toContain('\r\nWill-Retry-Until: Sun, 29 Nov 2026 10:00:00 +0000\r\n')
  expect(await statusOf(facts({}, { ...late, reason: 'unreachable', reply: 'Away.' }, { kind: 'delayed' }))).toContain(
    '\r\nStatus: 4.0.0\r\n',
  )
  const mail = await simpleParser(writeDeliveryStatus(given))
  expect(mail.subject).toBe('Försenat: Inför mötet')
  expect(mail.text?.replaceAll('\n', ' ')).toMatch(
    /ännu inte .* bo@example\.net\..* till och med den 29 november 2026\./,
  )
})

test('what was handed over to a next hop without reports of its own is told of as relayed', async () => {
  const given = facts(
    { lang: 'en' },
    { toReport: 'relayed', reason: null, reply: '250 2.6.0 queued' },
    { kind: 'relayed' },
  )
  expect(await statusOf(given)).toContain('\r\nAction: relayed\r\nStatus: 2.6.0\r\n')
  const mail = await simpleParser(writeDeliveryStatus(given))
  expect(mail.subject).toBe('Handed over: Inför mötet')
  expect((await readParts(writeDeliveryStatus(given)))[0]!.text).not.toContain('queued')
})

test.each<[string[], boolean, boolean, boolean]>([
  [[], true, true, false],
  [['NOTIFY=FAILURE'], true, false, false],
  [['notify=success,Delay'], false, true, true],
  [['NOTIFY=NEVER', 'ORCPT=rfc822;NOTIFY=SUCCESS'], false, false, false],
])('with %j, failures are wanted: %s, delays: %s, successes: %s', (parameters, failure, delay, success) => {
  expect(wants('FAILURE', parameters)).toBe(failure)
  expect(wants('DELAY', parameters)).toBe(delay)
  expect(wants('SUCCESS', parameters)).toBe(success)
})

test('a link that the next hop quotes is not passed on', () => {
  const reply = `550 5.7.1 Blocked: https://filer.example.org/l/${token} is listed, see https://lists.example.com/why`
  const mail = writeDeliveryStatus(facts({}, { reply })).toString()
  expect(mail.replace(/=\r\n|\r\n[ \t]*/g, '')).not.toContain(token)
  expect(mail).toContain('https://lists.example.com/why')
})

test('a hostile reply, subject or address adds no field and no line', async () => {
  const evil = 'x\r\nBcc: eve@example.com\r\n\r\n--y ÅÄÖ \u202e'
  const recipient = {
    recipient: 'bo@example.net\r\nStatus: 2.0.0',
    recipientParameters: ['ORCPT=rfc822;a+0D+0AStatus: 2.0.0'],
  }
  const mail = writeDeliveryStatus(
    facts(
      { subject: evil, senderName: evil, sender: 'anna@example.org\r\nX: y' },
      { reply: `550 ${evil.repeat(100)}`, ...recipient },
    ),
  )
  const head = mail.toString().split('\r\n\r\n')[0]!
  expect(head).not.toMatch(/^(?:Bcc|X):/m)
  const parts = await readParts(mail)
  expect(parts).toHaveLength(3)
  expect(parts[1]!.text.match(/^Status:.*$/gm)).toEqual(['Status: 5.0.0'])
  expect(parts[1]!.text).not.toContain('Original-Recipient')
  expect(parts[2]!.text).not.toMatch(/^Bcc/m)
  for (const line of mail.toString().split('\r\n')) expect(line.length).toBeLessThanOrEqual(998)
})

test('an address with other letters is written as RFC 6533 wants it', async () => {
  expect(await statusOf(facts({}, { recipient: 'björn@exämple.net' }))).toContain(
    'Final-Recipient: utf-8; bj\\x{F6}rn@ex\\x{E4}mple.net\r\n',
  )
})

test('of the mail, a few fields are quoted as they were, and nothing that is sealed', async () => {
  const slimStart = Buffer.from(
    'Received: from secret.example.org\r\nMessage-ID: <1@example.org>\r\nBcc: eve@example.com\r\nTo: bo@example.net,\r\n c@example.net\r\n' +
      'From: Jörg Ärlig <j@example.org>\r\nSubject: =?utf-8?q?Inf=C3=B6r?=\r\nX-Other: x\r\n\r\nSealed text\r\n',
  )
  const mail = writeDeliveryStatus(facts({}, {}, { slimStart }))
  const [, , original] = await readParts(mail)
  const quoted = await simpleParser(original!.text)
  expect(quoted.messageId).toBe('<1@example.org>')
  expect(quoted.from?.text).toBe('"Jörg Ärlig" <j@example.org>')
  expect(quoted.subject).toBe('Inför')
  expect(original!.text).toContain('To: bo@example.net,\r\n c@example.net\r\n')
  expect(mail.toString()).not.toMatch(/Bcc|Received|X-Other|Sealed text/)
  expect((await simpleParser(mail)).inReplyTo).toBe('<1@example.org>')
  expect(mail.toString()).toMatch(/^[\x20-\x7e\r\n]*$/)
})

test('without the slim mail at hand, its subject and From are quoted', async () => {
  const [, , original] = await readParts(writeDeliveryStatus(facts()))
  const quoted = await simpleParser(original!.text)
  expect(quoted.subject).toBe('Inför mötet')
  expect(quoted.from?.text).toBe('"Anna Å" <anna@example.org>')
})
