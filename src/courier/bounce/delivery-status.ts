import { randomBytes, randomUUID } from 'node:crypto'
import libmime from 'libmime'
import { encode, wrap } from 'nodemailer/lib/qp'
import { envelopeId, originalRecipient, wantsFailure } from '#courier/bounce/dsn-parameters.ts'
import { originalFields } from '#courier/bounce/original-fields.ts'
import { statusCode, timeExpired } from '#courier/bounce/status-code.ts'
import type { Language } from '#model.ts'
import { mailTexts } from '#texts/mail-texts.ts'
import { plainWords } from '#texts/plain-words.ts'
import { wrapLines } from '#texts/wrap-lines.ts'

/** What is known when one recipient's copy will never be delivered. */
export interface DeliveryStatusFacts {
  message: {
    /** Envelope sender: whom to tell. */
    sender: string
    senderName: string
    subject: string
    lang: Language
    createdAt: Date
    envelopeParameters: string[]
  }
  link: { recipient: string; recipientParameters: string[] }
  /** The next hop's last reply (`550 5.1.1 No such user`), or our own sentence on why there is none. */
  reply: string
  /** Null where the next hop refused the copy for good. */
  gaveUpAfterHours: number | null
  hostname: string
  /** The address that Kuvert writes from. */
  from: string
  now: Date
  /** The slim mail's beginning, at least its header section, where it is at hand: some of its fields are quoted. */
  slimStart?: Buffer
}

/**
 * The notification to the sender that one recipient did not get their copy: multipart/report (RFC 3464, RFC 6522), to
 * be sent with the null return path. Null where the sender must not or does not want to hear of it. It never quotes
 * what was sealed, and no link.
 */
export function writeDeliveryStatus(facts: DeliveryStatusFacts): Buffer | null {
  const { message, link } = facts
  if (message.sender === '' || !wantsFailure(link.recipientParameters)) return null
  // RFC 2045 section 6.7: `=_` cannot occur in quoted-printable, nor does any field of ours begin with it.
  const boundary = `=_${randomBytes(15).toString('hex')}`
  const original = originalFields(facts)
  const lines = [
    ...headerFields(facts, original.messageId),
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status;',
    ` boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    wrap(encode(forPeople(facts).join('\r\n')), 76),
    '',
    `--${boundary}`,
    'Content-Type: message/delivery-status',
    '',
    ...forMachines(facts),
    '',
    `--${boundary}`,
    'Content-Type: text/rfc822-headers',
    '',
    ...original.fields,
    '',
    `--${boundary}--`,
    '',
  ]
  // An address may have other letters (RFC 6532); all else is ASCII.
  return Buffer.from(lines.join('\r\n'), 'utf8')
}

function headerFields({ message, hostname, from, now }: DeliveryStatusFacts, messageId: string | null): string[] {
  const subject = mailTexts[message.lang].notDeliveredSubject(plainWords(message.subject))
  return [
    `From: Kuvert <${oneLine(from)}>`,
    `To: <${oneLine(message.sender)}>`,
    libmime.foldLines(`Subject: ${libmime.encodeWords(subject, 'Q', 60)}`, 76),
    `Date: ${rfc5322Date(now)}`,
    `Message-ID: <${randomUUID()}@${oneLine(hostname)}>`,
    ...(messageId ? [`In-Reply-To: ${messageId}`, `References: ${messageId}`] : []),
    // RFC 3834: an answering machine leaves it alone.
    'Auto-Submitted: auto-replied',
  ]
}

function forPeople({ message, link, reply, gaveUpAfterHours }: DeliveryStatusFacts): string[] {
  const texts = mailTexts[message.lang]
  return [
    ...wrapLines(texts.notDelivered(plainWords(message.subject), plainWords(link.recipient))),
    '',
    ...(gaveUpAfterHours === null ? [] : [...wrapLines(texts.gaveUp(gaveUpAfterHours)), '']),
    gaveUpAfterHours === null ? texts.refusedWith : texts.lastReply,
    '',
    ...wrapLines(withoutLinks(reply), '  '),
    '',
    ...wrapLines(texts.notDeliveredAdvice),
  ]
}

/** RFC 3464 section 2: fields of the mail, then those of the recipient. */
function forMachines({ message, link, reply, gaveUpAfterHours, hostname, now }: DeliveryStatusFacts): string[] {
  const id = envelopeId(message.envelopeParameters)
  const asked = originalRecipient(link.recipientParameters)
  const diagnostic = ascii(withoutLinks(reply))
  return [
    ...(id === null ? [] : [`Original-Envelope-Id: ${id}`]),
    `Reporting-MTA: dns; ${oneLine(hostname)}`,
    `Arrival-Date: ${rfc5322Date(message.createdAt)}`,
    '',
    ...(asked === null ? [] : [`Original-Recipient: ${asked}`]),
    `Final-Recipient: ${typedAddress(link.recipient)}`,
    'Action: failed',
    `Status: ${gaveUpAfterHours === null ? statusCode(reply) : timeExpired}`,
    // Sentences of our own are no SMTP replies.
    libmime.foldLines(`Diagnostic-Code: ${/^\d{3}\b/.test(reply) ? 'smtp' : 'x-kuvert'}; ${diagnostic}`, 76),
    `Last-Attempt-Date: ${rfc5322Date(now)}`,
  ]
}

/** RFC 6533 section 3: an address with other than ASCII letters, in a field that is ASCII. */
function typedAddress(address: string): string {
  const shown = oneLine(address)
  if (/^[\x20-\x7e]*$/.test(shown)) return `rfc822; ${shown}`
  const escaped = shown.replace(
    /[^\x21-\x7e]|[\\+=]/gu,
    sign => `\\x{${sign.codePointAt(0)!.toString(16).toUpperCase()}}`,
  )
  return `utf-8; ${escaped}`
}

/** A next hop may quote what it dislikes, and a link is a secret of its recipient's. */
function withoutLinks(reply: string): string {
  return plainWords(reply)
    .replace(/\/l\/[\w-]{20,}/g, '/l/…')
    .slice(0, 800)
}

function ascii(text: string): string {
  return text.replaceAll('…', '...').replace(/[^\x20-\x7e]/gu, '_')
}

function oneLine(text: string): string {
  return text.replace(/[\x00-\x20\x7f]+/g, ' ').trim()
}

/** RFC 5322 section 3.3, in UTC. */
function rfc5322Date(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000')
}
