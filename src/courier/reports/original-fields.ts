import libmime from 'libmime'
import { fieldsNamed, readHeaderFields } from '#mail/header-fields.ts'
import { plainWords } from '#texts/plain-words.ts'

interface Known {
  message: { subject: string; senderName: string }
  slimStart?: Buffer
}

/** Enough for a sender to recognise the mail by; nobody's Bcc is among them, and nothing that was sealed. */
const quoted = ['message-id', 'date', 'from', 'to', 'subject']

/** A field with more than this (a To of thousands) is left out. */
const maxFieldBytes = 8192

/**
 * Fields of the mail that was not delivered, as lines of a text/rfc822-headers part: as they stand in the slim mail
 * where its beginning is at hand, else from what is known of the message. All ASCII.
 */
export function originalFields({ message, slimStart }: Known): { fields: string[]; messageId: string | null } {
  if (!slimStart) return { fields: knownFields(message), messageId: null }
  const { fields } = readHeaderFields(slimStart)
  const kept = quoted.flatMap(name => {
    const field = fieldsNamed(fields, name)[0]
    if (!field || field.range.end - field.range.start > maxFieldBytes) return []
    return [slimStart.toString('utf8', field.range.start, field.range.end).replace(/\r\n$/, '')]
  })
  const messageId = fieldsNamed(fields, 'message-id')[0]?.value ?? ''
  return {
    fields: kept.map(encodeField),
    messageId: /^<[\x21-\x3b\x3d\x3f-\x7e]{1,250}>$/.test(messageId) ? messageId : null,
  }
}

function knownFields({ subject, senderName }: Known['message']): string[] {
  return [`From: ${plainWords(senderName)}`, `Subject: ${plainWords(subject)}`].map(encodeField)
}

/** Left as it is where it is ASCII; raw 8-bit (RFC 6532) is written as encoded words. */
function encodeField(field: string): string {
  if (/^[\x09\x0d\x0a\x20-\x7e]*$/.test(field)) return field
  const colon = field.indexOf(':') + 1
  const value = field
    .slice(colon)
    .replace(/\r\n(?=[ \t])/g, '')
    .trim()
  return libmime.foldLines(`${field.slice(0, colon)} ${libmime.encodeWords(value, 'Q', 60)}`, 76)
}
