import { simpleParser } from 'mailparser'
import { expect, test } from 'vitest'
import { writeDeliveryStatus, type DeliveryStatusFacts } from '#courier/bounce/delivery-status.ts'
import { readParts } from '../rewrite/read-parts.ts'

const token = 'Zx8Kq0_vB-3mN7aYtR2wLcD5eF9gHjUs'

function facts(
  message: Partial<DeliveryStatusFacts['message']> = {},
  rest: Partial<Omit<DeliveryStatusFacts, 'message'>> = {},
): DeliveryStatusFacts {
  return {
    message: {
      sender: 'anna@example.org',
      senderName: 'Anna Å <anna@example.org>',
      subject: 'Inför mötet',
      lang: 'sv',
      createdAt: new Date('2026-11-24T10:00:00Z'),
      envelopeParameters: [],
      ...message,
    },
    link: { recipient: 'bo@example.net', recipientParameters: [] },
    reply: '550 5.1.1 <bo@example.net>: no such user',
    gaveUpAfterHours: null,
    hostname: 'gw.example.org',
    from: 'kuvert@example.org',
    now: new Date('2026-11-24T10:05:00Z'),
    ...rest,
  }
}

function write(given: DeliveryStatusFacts): Buffer {
  const mail = writeDeliveryStatus(given)
  if (!mail) throw new Error('no notification')
  return mail
}

async function statusOf(given: DeliveryStatusFacts): Promise<string> {
  return (await readParts(write(given)))[1]!.text
}

test('the sender reads who did not get the mail and why, in the language of the message', async () => {
  const mail = await simpleParser(write(facts()))
  expect(mail.subject).toBe('Inte levererat: Inför mötet')
  expect(mail.from?.text).toBe('"Kuvert" <kuvert@example.org>')
  expect([mail.to].flat().map(to => to?.text)).toEqual(['anna@example.org'])
  expect(mail.headers.get('auto-submitted')).toBe('auto-replied')
  expect(mail.text).toContain('Ditt meddelande "Inför mötet" kunde inte levereras till bo@example.net.')
  expect(mail.text).toContain('550 5.1.1 <bo@example.net>: no such user')
  const english = await simpleParser(write(facts({ lang: 'en', subject: '' }, { gaveUpAfterHours: 120 })))
  expect(english.subject).toBe('Not delivered: (no subject)')
  expect(english.text).toContain('Delivery has been tried for 5 days without success.')
})

test('machines read a status report with its three parts', async () => {
  const link = {
    recipient: 'bo@example.net',
    recipientParameters: ['NOTIFY=SUCCESS,FAILURE', 'ORCPT=rfc822;Bo+2Bx@example.net'],
  }
  const mail = write(facts({ envelopeParameters: ['SIZE=100', 'ENVID=QQ+3D1'] }, { link }))
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

test.each([
  ['552 5.3.4 too big', null, '5.3.4', 'smtp'],
  ['554 no thanks', null, '5.0.0', 'smtp'],
  ['554 4.1.1 confused', null, '5.0.0', 'smtp'],
  ['451 4.7.1 greylisted', 120, '5.4.7', 'smtp'],
  ['The next mail server cannot be reached.', 120, '5.4.7', 'x-kuvert'],
  ['The next mail server cannot take such an address.', null, '5.0.0', 'x-kuvert'],
])('after "%s" (given up after %s hours) the status is %s', async (reply, gaveUpAfterHours, status, type) => {
  const report = await statusOf(facts({}, { reply, gaveUpAfterHours }))
  expect(report).toContain(`\r\nStatus: ${status}\r\n`)
  expect(report).toContain(`\r\nDiagnostic-Code: ${type}; `)
})

test.each([
  ['the null sender', facts({ sender: '' })],
  ['NOTIFY=NEVER', facts({}, { link: { recipient: 'b@example.net', recipientParameters: ['notify=never'] } })],
  [
    'NOTIFY without FAILURE',
    facts({}, { link: { recipient: 'b@example.net', recipientParameters: ['NOTIFY=SUCCESS,DELAY'] } }),
  ],
])('nothing is written for %s', (_, given) => {
  expect(writeDeliveryStatus(given)).toBeNull()
})

test('a link that the next hop quotes is not passed on', () => {
  const reply = `550 5.7.1 Blocked: https://filer.example.org/l/${token} is listed, see https://lists.example.com/why`
  const mail = write(facts({}, { reply })).toString()
  expect(mail.replace(/=\r\n|\r\n[ \t]*/g, '')).not.toContain(token)
  expect(mail).toContain('https://lists.example.com/why')
})

test('a hostile reply, subject or address adds no field and no line', async () => {
  const evil = 'x\r\nBcc: eve@example.com\r\n\r\n--y ÅÄÖ \u202e'
  const link = {
    recipient: 'bo@example.net\r\nStatus: 2.0.0',
    recipientParameters: ['ORCPT=rfc822;a+0D+0AStatus: 2.0.0'],
  }
  const mail = write(
    facts(
      { subject: evil, senderName: evil, sender: 'anna@example.org\r\nX: y' },
      { reply: `550 ${evil.repeat(100)}`, link },
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
  const link = { recipient: 'björn@exämple.net', recipientParameters: [] }
  expect(await statusOf(facts({}, { link }))).toContain('Final-Recipient: utf-8; bj\\x{F6}rn@ex\\x{E4}mple.net\r\n')
})

test('of the mail, a few fields are quoted as they were, and nothing that is sealed', async () => {
  const slimStart = Buffer.from(
    'Received: from secret.example.org\r\nMessage-ID: <1@example.org>\r\nBcc: eve@example.com\r\nTo: bo@example.net,\r\n c@example.net\r\n' +
      'From: Jörg Ärlig <j@example.org>\r\nSubject: =?utf-8?q?Inf=C3=B6r?=\r\nX-Other: x\r\n\r\nSealed text\r\n',
  )
  const mail = write(facts({}, { slimStart }))
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
  const [, , original] = await readParts(write(facts()))
  const quoted = await simpleParser(original!.text)
  expect(quoted.subject).toBe('Inför mötet')
  expect(quoted.from?.text).toBe('"Anna Å" <anna@example.org>')
})
