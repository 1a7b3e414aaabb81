import { randomBytes, randomUUID } from 'node:crypto'
import libmime from 'libmime'
import { encode, wrap } from 'nodemailer/lib/qp'
import { envelopeId, originalRecipient } from './dsn-parameters.ts'
import { originalFields } from './original-fields.ts'
import { statusCode } from './status-code.ts'
import type { ToReport } from '#database/reports.ts'
import { replyReasons, type DeliveryReason, type Language } from '#model.ts'
import { longDate } from '#texts/long-date.ts'
import { plainWords } from '#texts/plain-words.ts'
import { reportTexts } from '#texts/report-texts.ts'
import { wrapLines } from '#texts/wrap-lines.ts'

/** RFC 5322 section 2.1.1, without CRLF. */
const maxLineBytes = 998

/** What became of one recipient's copy. */
export interface ReportedRecipient {
  recipient: string
  recipientParameters: string[]
  toReport: ToReport
  /** Why the latest attempt failed; null if it did not, or if there was none. */
  reason: DeliveryReason | null
  /** The next hop's last reply (`550 5.1.1 No such user`), or our own sentence on why there is none; '' where neither is. */
  reply: string
  createdAt: Date
  /** When it ended; of one that is delayed, now. */
  at: Date
}

/** What a notification is about. The recipients of one all failed, or are all late, or all handed over. */
export type ReportKind = 'failed' | 'delayed' | 'relayed'

/** What is known when there is something to tell a sender. */
export interface DeliveryStatusFacts {
  kind: ReportKind
  message: {
    /** Envelope sender: whom to tell; not empty. */
    sender: string
    senderName: string
    subject: string
    lang: Language
    createdAt: Date
    envelopeParameters: string[]
  }
  /** At least one; those who are to be reported on. */
  recipients: ReportedRecipient[]
  giveUpHours: number
  hostname: string
  /** The address that Kuvert writes from. */
  from: string
  now: Date
  /** The slim mail's beginning, at least its header section, where it is at hand: some of its fields are quoted. */
  slimStart?: Buffer
}

/**
 * The notification to the sender on what became of some recipients' copies: multipart/report (RFC 3464, RFC 6522), to be
 * sent with the null return path. It never quotes what was sealed, and no link: RET=FULL gets the header fields that
 * RET=HDRS gets, since the content is not ours to show.
 */
export function writeDeliveryStatus(facts: DeliveryStatusFacts): Buffer {
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

function headerFields({ kind, message, hostname, from, now }: DeliveryStatusFacts, messageId: string | null): string[] {
  const subject = reportTexts[message.lang][kind].subject(plainWords(message.subject))
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

function forPeople({ kind, message, recipients, giveUpHours }: DeliveryStatusFacts): string[] {
  const texts = reportTexts[message.lang][kind]
  const youngest = new Date(Math.max(...recipients.map(({ createdAt }) => createdAt.getTime())))
  const until = longDate(giveUpAt(youngest, giveUpHours), message.lang)
  const names = recipients.map(({ recipient }) => plainWords(recipient))
  return [
    ...wrapLines(texts.what(plainWords(message.subject), names)),
    '',
    ...recipients.flatMap((recipient, index) => [
      ...(recipients.length === 1 ? [] : [...wrapLines(names[index] ?? ''), '']),
      ...explain(recipient, message.lang),
    ]),
    ...wrapLines(texts.advice(recipients.length, until)),
  ]
}

/** Why, in words and then in those of the next hop. */
function explain({ toReport, reply, createdAt, at }: ReportedRecipient, lang: Language): string[] {
  const { gaveUp, dropped, refusedWith, lastReply } = reportTexts[lang]
  const paragraphs: string[][] = []
  const hours = Math.max(1, Math.round((at.getTime() - createdAt.getTime()) / 3_600_000))
  if (toReport === 'given-up') paragraphs.push(wrapLines(gaveUp(hours)))
  if (toReport === 'dropped') paragraphs.push(wrapLines(dropped))
  // What a next hop says when all is well is of no interest to people.
  if (reply !== '' && toReport !== 'relayed') {
    paragraphs.push([toReport === 'refused' ? refusedWith : lastReply], wrapLines(withoutLinks(reply), '  '))
  }
  return paragraphs.flatMap(lines => [...lines, ''])
}

/** RFC 3464 section 2: fields of the mail, then a group for each recipient. */
function forMachines(facts: DeliveryStatusFacts): string[] {
  const { message, recipients, hostname } = facts
  const id = envelopeId(message.envelopeParameters)
  return [
    ...(id === null ? [] : fitting(`Original-Envelope-Id: ${id}`)),
    `Reporting-MTA: dns; ${oneLine(hostname)}`,
    `Arrival-Date: ${rfc5322Date(message.createdAt)}`,
    ...recipients.flatMap(recipient => ['', ...recipientFields(facts, recipient)]),
  ]
}

function recipientFields({ kind, giveUpHours }: DeliveryStatusFacts, recipient: ReportedRecipient): string[] {
  const { toReport, reason, reply, createdAt, at } = recipient
  const asked = originalRecipient(recipient.recipientParameters)
  // Sentences of our own are no SMTP replies.
  const type = reason === null || replyReasons.some(each => each === reason) ? 'smtp' : 'x-kuvert'
  return [
    ...(asked === null ? [] : fitting(`Original-Recipient: ${asked}`)),
    `Final-Recipient: ${typedAddress(recipient.recipient)}`,
    `Action: ${kind}`,
    `Status: ${statusCode(toReport, reply)}`,
    ...(reply === '' ? [] : [libmime.foldLines(`Diagnostic-Code: ${type}; ${ascii(withoutLinks(reply))}`, 76)]),
    // Of others, it is not known when they were last tried.
    ...(toReport === 'delayed' || toReport === 'dropped' ? [] : [`Last-Attempt-Date: ${rfc5322Date(at)}`]),
    ...(kind === 'delayed' ? [`Will-Retry-Until: ${rfc5322Date(giveUpAt(createdAt, giveUpHours))}`] : []),
  ]
}

function giveUpAt(createdAt: Date, giveUpHours: number): Date {
  return new Date(createdAt.getTime() + giveUpHours * 3_600_000)
}

/** RFC 6533 section 3: an address with other than ASCII letters, in a field that is ASCII. */
function typedAddress(address: string): string {
  const shown = oneLine(address)
  if (/^[\x20-\x7e]*$/.test(shown)) return `rfc822; ${shown}`
  const escaped = shown.replace(
    /[^\x21-\x7e]|[\\+=]/gu,
    sign => `\\x{${sign.codePointAt(0)!.toString(16).toUpperCase()}}`,
  )
  // An address that is cut still tells people whom it is about; a line that is too long may keep the report from arriving.
  return `utf-8; ${escaped.slice(0, maxLineBytes / 2)}`
}

/** The field, unless it is longer than a line may be. What a client made up for itself cannot be folded. */
function fitting(field: string): string[] {
  return field.length <= maxLineBytes ? [field] : []
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
