import type { Readable } from 'node:stream'
import { simpleParser } from 'mailparser'

/** The text of a sealed body. */
export interface ReadText {
  /** Null where it is too long to be shown. */
  text: string | null
  /** Whether there are images or other parts, which plain text does not show. */
  hasMore: boolean
}

/** Bodies above this are not shown, only downloaded. */
export const maxTextBytes = 20 * 1024 * 1024
/** Turning HTML into text holds up everything else meanwhile. */
const maxHtmlCharacters = 2 * 1024 * 1024

/** The text of a MIME body as plain text, made from the HTML where there is no text. Consumes the source. */
export async function readText(source: Readable): Promise<ReadText> {
  const mail = await simpleParser(source, {
    maxHtmlLengthToParse: maxHtmlCharacters,
    skipTextToHtml: true,
    skipImageLinks: true,
  })
  return {
    text: mail.textConversionError === undefined ? (mail.text ?? '') : null,
    hasMore: mail.attachments.length > 0,
  }
}
