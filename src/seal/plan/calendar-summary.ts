import iconv from 'iconv-lite'
import { bodyCharset } from './body-charset.ts'
import type { Edit } from './edits.ts'
import { quotedText } from '#mail/encode-quoted-printable.ts'
import type { MailSource } from '#mail/mail-source.ts'
import type { Part } from '#mail/part.ts'
import { decodePart } from '#mail/transfer-encoding.ts'

/** An invitation has a few kilobytes, unless files are in it. */
const maxCalendarBytes = 1024 * 1024
/** RFC 5545 section 3.1, without the line end. */
const maxLineBytes = 75

/** The property as it stands in the calendar, folded; and its name with the parameters. */
const folded = /^SUMMARY[;:][^\r\n]*(?:\r?\n[ \t][^\r\n]*)*/gim
const propertyName = /^SUMMARY(?:;(?:"[^"]*"|[^":])*)?:/i

/**
 * Takes the tags of the mark out of the SUMMARY of a calendar: mail programs call an appointment, answers to it and its
 * cancellation by that. All else stays byte for byte. Null if that cannot be done without guessing.
 */
export async function editSummary(source: MailSource, part: Part, tags: string[]): Promise<Edit[] | null> {
  const charset = bodyCharset(part)
  if (charset?.family !== 'ascii') return null
  const calendar = await readCalendar(source, part)
  if (calendar === null) return null
  let isClear = true
  const edited = calendar.replace(folded, property => {
    const changed = withoutTags(property, tags, charset.name)
    isClear &&= changed !== null
    return changed ?? property
  })
  if (!isClear) return null
  if (edited === calendar) return []
  return [{ range: part.body, bytes: Buffer.from(encoded(edited, part), 'latin1') }]
}

/** What is left of a calendar without its summaries, unfolded: the same before and after they are changed. */
export async function calendarWithoutSummary(source: MailSource, part: Part): Promise<string | null> {
  const calendar = await readCalendar(source, part)
  return calendar === null ? null : calendar.replace(folded, '')
}

/** The decoded bytes, one character each; null for a calendar that is too large. */
async function readCalendar(source: MailSource, { body, encoding }: Part): Promise<string | null> {
  let calendar = ''
  for await (const block of decodePart(source, body, encoding)) {
    calendar += block.toString('latin1')
    if (calendar.length > maxCalendarBytes) return null
  }
  return calendar
}

/** Of one property, folded, one character a byte. Null if it is encoded, or is not in the charset. */
function withoutTags(property: string, tags: string[], charset: string): string | null {
  const line = property.replace(/\r?\n[ \t]/g, '')
  const name = propertyName.exec(line)?.[0]
  if (name === undefined || /;encoding=/i.test(name)) return null
  const bytes = Buffer.from(line.slice(name.length), 'latin1')
  const value = iconv.decode(bytes, charset, { stripBOM: false })
  if (!iconv.encode(value, charset).equals(bytes)) return null
  const changed = tags.reduce(withoutTag, value)
  return changed === value ? property : fold(name, changed, charset)
}

/** The value without the tag, in which commas, semicolons and backslashes may be escaped (RFC 5545 section 3.3.11). */
function withoutTag(value: string, tag: string): string {
  const words = tag.normalize('NFC').split(/\s+/).map(escaped).join('(?:\\s|\\\\n){1,20}')
  const pattern = new RegExp(`\\s{0,20}${words}(?:\\s{0,20}[:,;–—-](?=\\s))?\\s{0,20}`, 'giu')
  const composed = value.normalize('NFC')
  if (!pattern.test(composed)) return value
  return composed.replace(pattern, (found, at: number) =>
    at === 0 || at + found.length === composed.length ? '' : ' ',
  )
}

function escaped(word: string): string {
  const mayBeEscaped = (sign: string) => (/[,;\\]/.test(sign) ? '\\\\?' : '')
  return Array.from(word, sign => mayBeEscaped(sign) + sign.replace(/[/[\](){}^$.*+?|\\]/, '\\$&')).join('')
}

function fold(name: string, value: string, charset: string): string {
  let lines = ''
  let line = name
  for (const character of value) {
    const bytes = iconv.encode(character, charset).toString('latin1')
    if (line.length + bytes.length > maxLineBytes) {
      lines += `${line}\r\n`
      line = ' '
    }
    line += bytes
  }
  return lines + line
}

function encoded(calendar: string, { encoding }: Part): string {
  const bytes = Buffer.from(calendar, 'latin1')
  if (encoding === 'base64') return (bytes.toString('base64').match(/.{1,76}/g) ?? []).join('\r\n')
  if (encoding === 'quoted-printable') {
    const lines = quotedText(bytes)
    return calendar.endsWith('\r\n') ? lines : lines.slice(0, -2)
  }
  return calendar
}
