import { fieldsNamed, findHeaderEnd, readHeaderFields, type HeaderField } from '#mail/header-fields.ts'

/** What makes a mail of its own of a copy that is not the first one of its message. */
export interface NewMail {
  /** Without angle brackets. */
  messageId: string
  date: Date
  /** A recipient who was added later, and is not to see who the others were; null where the recipients of the mail stay. */
  onlyTo: string | null
}

/** Marked mails with more than 1 MiB were refused; our own few fields come on top. */
const maxHeaderBytes = 2 * 1024 ** 2
const replaced = new Set(['date', 'message-id', 'in-reply-to', 'references'])
/** RFC 5322 sections 3.6.3 and 3.6.6. */
const recipients = /^(?:to|cc|bcc|apparently-to|resent-.*)$/
/** Of a thread that is longer, the first mail and the latest ones are named. */
const mostReferences = 30

/**
 * A copy as a mail of its own: with a new Message-ID and its own date, as an answer to the first mail (RFC 5322 section 3.6.4), so that
 * no mail server takes it for that mail once more, and no mail client files it far down. All else passes unchanged.
 */
export async function* asNewMail(copy: AsyncIterable<Buffer>, mail: NewMail): AsyncGenerator<Buffer> {
  let header: Buffer | null = Buffer.alloc(0)
  for await (const chunk of copy) {
    if (header === null) {
      yield chunk
      continue
    }
    header = Buffer.concat([header, chunk])
    const end = findHeaderEnd(header)
    if (end === -1 && header.length > maxHeaderBytes) throw new Error('The copy would have an endless header section')
    if (end === -1) continue
    yield newHeader(header.subarray(0, end), mail)
    if (header.length > end) yield header.subarray(end)
    header = null
  }
  // Without an end, it is no mail: whoever verifies the copy says so.
  if (header !== null) yield header
}

function newHeader(section: Buffer, { messageId, date, onlyTo }: NewMail): Buffer {
  const { fields } = readHeaderFields(section)
  const isKept = ({ name }: HeaderField) => !replaced.has(name) && (onlyTo === null || !recipients.test(name))
  const kept: Buffer[] = []
  let from = 0
  for (const { range } of fields.filter(field => !isKept(field))) {
    kept.push(section.subarray(from, range.start))
    from = range.end
  }
  const blankLine = 2
  kept.push(section.subarray(from, section.length - blankLine))
  const first = idsIn(fields, 'message-id').slice(0, 1)
  const lines = [
    ...(onlyTo === null ? [] : [`To: <${onlyTo.replace(/[\x00-\x20\x7f]+/g, ' ').trim()}>`]),
    // RFC 5322 section 3.3, in UTC.
    `Date: ${date.toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${messageId}>`,
    ...first.map(id => `In-Reply-To: ${id}`),
    ...referencesLine(fields, first),
  ]
  return Buffer.concat([...kept, Buffer.from(lines.map(line => `${line}\r\n`).join('')), Buffer.from('\r\n')])
}

/** What the first mail referred to, and that mail; a mail without `References` may have been an answer all the same. */
function referencesLine(fields: HeaderField[], first: string[]): string[] {
  const before = idsIn(fields, 'references')
  const answered = idsIn(fields, 'in-reply-to')
  const earlier = before.length > 0 ? before : answered.length === 1 ? answered : []
  const all = [...new Set([...earlier, ...first])]
  const named = all.length > mostReferences ? [all[0]!, ...all.slice(1 - mostReferences)] : all
  return named.length === 0 ? [] : [`References: ${named.join('\r\n ')}`]
}

/** The message identifiers in fields of that name; what is none is left out. */
function idsIn(fields: HeaderField[], name: string): string[] {
  return fieldsNamed(fields, name).flatMap(field => field.value.match(/<[\x21-\x3b\x3d\x3f-\x7e]{1,250}>/g) ?? [])
}
