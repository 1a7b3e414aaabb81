import { insertion, removal, type Edit } from './edits.ts'
import { needsEightBit } from './place-slot.ts'
import type { BodySurvey } from './survey-body.ts'
import { encodeField } from '#mail/encode-field.ts'
import { fieldsNamed, type HeaderField } from '#mail/header-fields.ts'
import type { MailSource } from '#mail/mail-source.ts'
import { readStructuredValue, findParameter } from '#mail/parameters.ts'
import type { Part } from '#mail/part.ts'

/** Fields that may name blind recipients: those of senders, and those in which programs note the envelope. */
const namesBlind: readonly string[] = [
  'bcc',
  'resent-bcc',
  'x-bcc',
  'x-resent-bcc',
  'apparently-to',
  'x-apparently-to',
  'delivered-to',
  'x-delivered-to',
  'envelope-to',
  'x-envelope-to',
  'x-forwarded-to',
  'original-recipient',
  'original-to',
  'x-original-to',
  'x-orig-to',
  'x-real-to',
  'rcpt-to',
  'x-rcpt-to',
  'x-receiver',
  'x-recipient',
]
/** Blind recipients, and what says something of the bytes that is no longer true. */
export const neverKept: readonly string[] = [
  ...namesBlind,
  'content-length',
  'content-md5',
  'lines',
  'x-ms-has-attach',
  'x-ms-tnef-correlator',
]
/**
 * The fields of a copy whose text is sealed. Others may tell of the text: spam filters quote it, and mail programs
 * write keywords, comments and file names. Fields of mailing lists, `List-…`, are kept as well.
 */
const keptInNotice = new Set([
  'received',
  'from',
  'sender',
  'reply-to',
  'to',
  'cc',
  'date',
  'message-id',
  'in-reply-to',
  'references',
  'subject',
  'resent-from',
  'resent-sender',
  'resent-to',
  'resent-cc',
  'resent-date',
  'resent-message-id',
  'auto-submitted',
  'x-auto-response-suppress',
  'precedence',
  'importance',
  'priority',
  'x-priority',
  'x-msmail-priority',
  'sensitivity',
  'disposition-notification-to',
])
/** Outlook repeats the subject there; mail programs fall back on the subject. */
const repeatsSubject = 'thread-topic'
/** Signatures of the header and body as they were. */
const signatures = /^(arc-.*|dkim-signature|domainkey-signature|x-google-dkim-signature)$/

/** A header section and where it is: of the mail, or of a part. */
export type HeaderPlace = Pick<Part, 'header' | 'fields'>

/** What classifying found to change in the header of the mail. */
export interface HeaderChanges {
  /** Null where the subject stays as it is. */
  changedSubject: string | null
  removeFields: string[]
}

/** The edits that every copy needs: subject, marks, signatures, Bcc. All else stays byte for byte. */
export function editHeader(root: HeaderPlace, changes: HeaderChanges): Edit[] {
  const removed = new Set([...neverKept, ...changes.removeFields.map(name => name.toLowerCase())])
  if (changes.changedSubject !== null) removed.add(repeatsSubject)
  const edits = root.fields
    .filter(field => removed.has(field.name) || signatures.test(field.name))
    .map(field => without(root, field))
  if (changes.changedSubject === null || removed.has('subject')) return edits
  const bytes = encodeField('Subject', changes.changedSubject)
  const subject = fieldsNamed(root.fields, 'subject')[0]
  return [...edits, subject ? { ...without(root, subject), bytes } : { ...insertion(root.header.end, ''), bytes }]
}

/** The edits of a header that a notice is put below: as `editHeader`, and no field stays that is not known. */
export function editNoticeHeader(root: HeaderPlace, changes: HeaderChanges): Edit[] {
  const unknown = root.fields.filter(({ name }) => !keptInNotice.has(name) && !name.startsWith('list-'))
  return [...editHeader(root, changes), ...unknown.map(field => without(root, field))]
}

/** Takes out blind recipients only. */
export function withoutBlindRecipients(root: HeaderPlace): Edit[] {
  return root.fields.filter(field => namesBlind.includes(field.name)).map(field => without(root, field))
}

/** The header of a mail whose only part becomes an empty text of ours. */
export function labelAsOurText(root: Part): Edit[] {
  const label = 'MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n'
  const described = root.fields.filter(isMimeField)
  return [...described.map(field => without(root, field)), insertion(root.header.end, label)]
}

/**
 * Labels texts with the charset and the encoding that the link block needs. `path` gives the multiparts that
 * a text is in: where they say 7bit, that is no longer true either.
 */
export async function relabel(
  source: MailSource,
  texts: Map<Part, BodySurvey>,
  path: (part: Part) => Part[],
): Promise<Edit[]> {
  const edits: Edit[] = []
  const eightBit = new Set<Part>()
  for (const [part, survey] of texts) {
    if (part.depth > 0)
      edits.push(...part.fields.filter(field => neverKept.includes(field.name)).map(field => without(part, field)))
    if (part.contentType.value !== 'text/plain') continue
    if (survey.charset?.unlabelled) edits.push(await labelUtf8(source, part))
    if (!needsEightBit(part, survey)) continue
    edits.push(encodingField(part))
    const saying7Bit = path(part).filter(
      multipart => fieldsNamed(multipart.fields, 'content-transfer-encoding').length > 0,
    )
    for (const multipart of saying7Bit) if (multipart.encoding === '7bit') eightBit.add(multipart)
  }
  return [...edits, ...[...eightBit].map(encodingField)]
}

/** Without it, nobody needs to read the labels (RFC 2045 section 4). */
export function ensureMimeVersion(root: Part): Edit[] {
  return fieldsNamed(root.fields, 'mime-version').length > 0
    ? []
    : [insertion(root.header.end, 'MIME-Version: 1.0\r\n')]
}

function encodingField(part: Part): Edit {
  return replaceField(part, 'content-transfer-encoding', 'Content-Transfer-Encoding: 8bit\r\n')
}

/** US-ASCII is a subset of UTF-8: only the label changes. */
async function labelUtf8(source: MailSource, part: Part): Promise<Edit> {
  const field = fieldsNamed(part.fields, 'content-type')[0]
  if (!field) return insertion(part.header.end, 'Content-Type: text/plain; charset=utf-8\r\n')
  const { start, end } = without(part, field).range
  const written = (await source.read({ start, end })).toString('latin1')
  const colon = written.indexOf(':') + 1
  const charset = findParameter(readStructuredValue(written.slice(colon)), 'charset')
  const labelled = charset
    ? `${written.slice(0, colon + charset.start)}utf-8${written.slice(colon + charset.end)}`
    : `${written.replace(/[\s;]+$/, '')};\r\n charset=utf-8\r\n`
  return replaceField(part, 'content-type', labelled)
}

function replaceField(part: Part, name: string, written: string): Edit {
  const field = fieldsNamed(part.fields, name)[0]
  return field
    ? { ...without(part, field), bytes: Buffer.from(written, 'latin1') }
    : insertion(part.header.end, written)
}

function isMimeField(field: HeaderField): boolean {
  return field.name === 'mime-version' || field.name.startsWith('content-')
}

function without(part: HeaderPlace, field: HeaderField): Edit {
  return removal(part.header.start + field.range.start, part.header.start + field.range.end)
}
