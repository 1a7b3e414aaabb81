import { BrokenEncoding } from '#mail/broken-encoding.ts'
import { decodeText, fieldsNamed, findHeaderEnd, readHeaderFields } from '#mail/header-fields.ts'
import type { MailSource } from '#mail/mail-source.ts'
import type { Part } from '#mail/part.ts'
import { decodePart } from '#mail/transfer-encoding.ts'

/** A subject that stands further down is not looked for. */
const maxHeaderBytes = 64 * 1024

/** What to call a mail that is a file of another mail: by its subject, as mail programs do. Null for other files. */
export async function forwardedName(source: MailSource, part: Part): Promise<string | null> {
  if (!/^message\/(rfc822|global)$/.test(part.contentType.value)) return null
  const { fields } = readHeaderFields(await readStart(source, part))
  const subject = decodeText(fieldsNamed(fields, 'subject')[0]?.value ?? '').trim()
  // A file name of several segments would be cut down to the last one.
  return subject === '' ? null : `${subject.replace(/[/\\]/g, '-')}.eml`
}

async function readStart(source: MailSource, { body, encoding }: Part): Promise<Buffer> {
  let start: Buffer = Buffer.alloc(0)
  try {
    for await (const block of decodePart(source, body, encoding)) {
      start = Buffer.concat([start, block])
      if (start.length >= maxHeaderBytes || findHeaderEnd(start) !== -1) break
    }
  } catch (error) {
    if (!(error instanceof BrokenEncoding)) throw error
  }
  return start.subarray(0, maxHeaderBytes)
}
