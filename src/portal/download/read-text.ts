import type { Readable } from 'node:stream'
import { safeHtml } from '#portal/safe-html.ts'

/** The text of a sealed body. */
export interface ReadText {
  /** As plain text, made from the HTML where there is none; null where it is too long to be shown. */
  text: string | null
  /** Made harmless; null where the mail has none, or it is too long. */
  html: string | null
  /** Whether there are images or other parts that are not shown. */
  hasMore: boolean
}

/** Bodies above this are not shown, only downloaded. */
export const maxTextBytes = 20 * 1024 * 1024
/** Reading HTML holds up everything else meanwhile. */
const maxHtmlCharacters = 2 * 1024 * 1024

/** The text of a MIME body, with the images that belong to its HTML. Consumes the source. */
export async function readText(source: Readable): Promise<ReadText> {
  // Large, and needed for private texts alone.
  const { simpleParser } = await import('mailparser')
  const mail = await simpleParser(source, { maxHtmlLengthToParse: maxHtmlCharacters, skipTextToHtml: true })
  const tooLong = mail.textConversionError !== undefined || withoutData(mail.html || '').length > maxHtmlCharacters
  const safe = mail.html && !tooLong ? safeHtml(mail.html) : null
  return {
    text: mail.textConversionError === undefined ? (mail.text ?? '') : null,
    html: safe?.html ?? null,
    hasMore: mail.attachments.some(attachment => !safe || !attachment.related) || safe?.remoteImages === true,
  }
}

/** Images count for nothing: they are passed over quickly. */
function withoutData(html: string): string {
  return html.replace(/data:image\/[\w.+-]+;base64,[A-Za-z0-9+/=]+/g, '')
}
