import { randomUUID } from 'node:crypto'
import { composeMail } from '#mail/compose-mail.ts'
import type { Language } from '#model.ts'
import { codeMailTexts } from '#texts/code-mail.ts'
import { escapeHtml } from '#texts/escape-html.ts'
import { plainWords } from '#texts/plain-words.ts'
import { wrapLines } from '#texts/wrap-lines.ts'

/** What a mail with a code is written from. */
export interface CodeMail {
  code: string
  minutes: number
  recipient: string
  lang: Language
  organisation: string
  /** A bare address. */
  from: string
  hostname: string
}

/**
 * The mail that brings somebody a code, as bytes with CRLF. The code stands alone on a line. There is no link in it: what
 * is typed in where one already is cannot lead anywhere else.
 */
export function writeCodeMail({ code, minutes, recipient, lang, from, hostname, ...rest }: CodeMail): Promise<Buffer> {
  const organisation = plainWords(rest.organisation)
  const texts = codeMailTexts[lang]
  const above = [texts.why(organisation), texts.above]
  const below = [texts.how(minutes), texts.otherwise(organisation)]
  const text = [...above.map(toLines), code, ...below.map(toLines)].join('\r\n\r\n')
  const html = [
    `<!DOCTYPE html>\r\n<html lang="${lang}">\r\n<body style="font-family:Arial,Helvetica,sans-serif;font-size:16px">`,
    ...above.map(toParagraph),
    `<p style="font-size:28px;font-weight:bold;letter-spacing:4px">${code}</p>`,
    ...below.map(toParagraph),
    '</body>\r\n</html>',
  ].join('\r\n')
  return composeMail({
    from: { name: organisation, address: from },
    to: { name: '', address: recipient },
    subject: texts.subject(organisation),
    text: `${text}\r\n`,
    html: `${html}\r\n`,
    // RFC 3834: an answering machine leaves it alone.
    headers: { 'Auto-Submitted': 'auto-generated' },
    messageId: `${randomUUID()}@${hostname}`,
  })
}

function toLines(words: string): string {
  return wrapLines(words).join('\r\n')
}

function toParagraph(words: string): string {
  return `<p>${escapeHtml(words)}</p>`
}
