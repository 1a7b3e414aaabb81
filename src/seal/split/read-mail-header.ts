import { findHeader, maxHeaderBytes } from './find-header.ts'
import { checkMailFields, readFields } from './read-fields.ts'
import { openWindow } from './window.ts'
import type { MailSource } from '#mail/mail-source.ts'
import type { Part } from '#mail/part.ts'

const blockBytes = 64 * 1024

/**
 * Reads the header section of a mail, and nothing below: enough to send a notice instead of a mail whose parts
 * cannot be told. Throws `MAIL_AMBIGUOUS` where two readers may find different fields in it, or another sender,
 * date, subject or Message-ID. Fields that describe the body may be wrong, because a notice has its own.
 */
export async function readMailHeader(source: MailSource): Promise<Pick<Part, 'header' | 'fields'>> {
  const window = openWindow(source, blockBytes)
  const { header } = await findHeader(window, 0, { limit: maxHeaderBytes, isMail: true })
  const bytes = await window.slice(header.start, header.end)
  const fields = readFields(bytes)
  checkMailFields(bytes, fields)
  return { header, fields }
}
