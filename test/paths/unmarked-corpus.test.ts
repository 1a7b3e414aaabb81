import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'
import { attachment, leaf, mail, multipart, usualFields, written } from '../support/mail-builder.ts'
import { connectSmtp, stuffDots, type SmtpClient } from '../support/smtp-client.ts'
import { oddMails } from '../support/odd-mails.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'

let sink: SmtpSink
let kuvert: TestKuvert
let client: SmtpClient
beforeAll(async () => {
  sink = await startSmtpSink()
  kuvert = await startTestKuvert(
    { nextHop: { kind: 'smtp', host: '127.0.0.1', port: sink.port, tls: 'none', timeoutSeconds: 3 } },
    ['gateway'],
  )
  client = (await connectSmtp(kuvert.smtpPort)).client
  await client.say('EHLO client.test')
  client.socket().setNoDelay(true)
})
afterAll(async () => {
  client.close()
  await kuvert.close()
  await sink.stop()
})

/** Of TCP segments, in bytes: around the end of a line, in the middle of it, as Ethernet has them, and large. */
const sizes = [1, 2, 3, 7, 61, 512, 1460, 65_536]
const mostSegments = 2000

const text = leaf('Hej!\r\n', { type: 'text/plain; charset=iso-8859-1', encoding: 'quoted-printable' })
const pdf = attachment('abc'.repeat(5000), 'a.pdf')
const fields = usualFields.map(field => field.replace(' [secure]', ''))
const invitation = leaf('BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n', { type: 'text/calendar; method=REQUEST' })

const fixtures: [string, Buffer][] = [
  ['attachments', mail(multipart('mixed', [text, pdf]), fields)],
  ['a signature', mail(multipart('signed', [text, leaf('x', { type: 'application/pkcs7-signature' })]), fields)],
  ['an invitation', mail(multipart('alternative', [text, invitation]), fields)],
  [
    'a mail in the mail',
    mail(multipart('mixed', [text, { fields: ['Content-Type: message/rfc822'], body: mail(text) }]), fields),
  ],
  ['winmail.dat', mail(attachment('\x78\x9f\x3e\x22', 'winmail.dat', 'application/ms-tnef'), fields)],
  ['a uuencoded file', mail(leaf('begin 644 a\r\n#0V%T\r\n`\r\nend\r\n'), fields)],
  ['preamble and epilogue', mail(multipart('mixed', [text], { preamble: '.\r\n..', epilogue: '.\r\n' }), fields)],
  ['letters in its header', mail(text, [...fields, 'X-Note: åäö', 'Subject: räksmörgås'])],
  [
    'text in UTF-16',
    mail(leaf(Buffer.from('Hej\r', 'utf16le').subarray(0, 6), { type: 'text/plain; charset=utf-16le' }), fields),
  ],
  ['dots at every place', mail(leaf('.\r\n..\r\n.a\r\n\r\n.\r\n...\r\n'), fields)],
  [
    'every byte but CR and LF',
    mail(leaf(Buffer.from(Array.from({ length: 256 }, (_, byte) => (byte === 10 || byte === 13 ? 0 : byte)))), fields),
  ],
  ['all fields twice', mail(multipart('mixed', [text, pdf]), [...fields, ...fields])],
  [
    'two boundaries',
    mail(multipart('mixed', [text, pdf]), [...fields, 'Content-Type: multipart/mixed; boundary=other']),
  ],
  [
    'no last boundary line',
    mail({ ...multipart('mixed', [text, pdf]), body: multipart('mixed', [text, pdf]).body.subarray(0, -9) }, fields),
  ],
  ['no boundary', mail({ fields: ['Content-Type: multipart/mixed'], body: Buffer.from('--\r\n') }, fields)],
  ['an unknown encoding', mail(leaf('x', { fields: ['Content-Transfer-Encoding: x-rot13'] }), fields)],
  ['broken base64', mail(leaf('=*=\r\n', { fields: ['Content-Transfer-Encoding: base64'] }), fields)],
  [
    'a line without a colon in its header',
    written({ fields: ['From: a@example.org', 'no colon', ' blank first'], body: text.body }),
  ],
  [
    'a blank before a colon',
    written({ fields: ['Subject : x', 'Content-Type : text/html'], body: Buffer.from('<p>\r\n') }),
  ],
  [
    'a header that starts with a folded line',
    written({ fields: [' folded', 'Subject: x'], body: Buffer.from('x\r\n') }),
  ],
  ['lines of blanks in its header', written({ fields: ['Subject: x', ' \t ', 'X: y'], body: Buffer.from('x\r\n') })],
  ['no end of its header', Buffer.from('Subject: x\r\nX: y\r\n')],
  ['a header of half a megabyte', written({ fields: [`X: ${'y'.repeat(500_000)}`], body: Buffer.from('x\r\n') })],
]

const all = [...fixtures, ...Object.entries(oddMails)]

async function send(bytes: Buffer, segmentBytes: number): Promise<Buffer> {
  for (const command of ['MAIL FROM:<a@example.org> BODY=8BITMIME', 'RCPT TO:<b@example.net>'])
    await client.say(command)
  expect((await client.say('DATA')).code).toBe(354)
  const wire = Buffer.concat([stuffDots(bytes), Buffer.from('.\r\n')])
  // A large mail in tiny segments would take minutes.
  const size = Math.max(segmentBytes, Math.ceil(wire.length / mostSegments))
  for (let at = 0; at < wire.length; at += size) {
    await client.write(wire.subarray(at, at + size))
    await nextTurn()
  }
  expect(await client.read()).toMatchObject({ code: 250 })
  return sink.mails.at(-1)!.bytes
}

test.each(all)('unmarked, a mail with %s leaves byte for byte', { timeout: 20_000 }, async (name, bytes) => {
  const turn = all.findIndex(([each]) => each === name)
  for (const size of [sizes[turn % sizes.length]!, sizes[(turn + 3) % sizes.length]!]) {
    const arrived = await send(bytes, size)
    const received = /^Received: from client\.test .*\r\n(?:[ \t].*\r\n){2}/.exec(arrived.toString('latin1'))?.[0] ?? ''
    expect(received).not.toBe('')
    expect(arrived.subarray(received.length).equals(bytes)).toBe(true)
  }
})
