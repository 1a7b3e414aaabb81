import { randomUUID } from 'node:crypto'
import { composeMail } from '#mail/compose-mail.ts'
import { escapeHtml } from '#texts/escape-html.ts'

/** What a mail is written from, that is written in the portal. */
export interface WrittenMail {
  from: { name: string; address: string }
  recipients: string[]
  /** Whether recipients are kept from seeing each other. */
  hidden: boolean
  subject: string
  text: string
  signature: Signature
  hostname: string
  date: Date
}

interface Signature {
  text: string
  /** Safe HTML; empty where the text is all there is. */
  html: string
}

/** The mail without its files, as a mail client would have sent it: bytes with CRLF. */
export function writeMail(mail: WrittenMail): Promise<Buffer> {
  return composeMail({
    from: mail.from,
    // RFC 5322 section 3.4: a group without members.
    to: mail.hidden ? 'undisclosed-recipients:;' : mail.recipients.map(address => ({ name: '', address })),
    subject: mail.subject,
    text: `${bodyText(mail)}\n`,
    html: bodyHtml(mail),
    messageId: `${randomUUID()}@${mail.hostname}`,
    date: mail.date,
  })
}

function bodyText({ text, signature }: WrittenMail): string {
  const written = withLineFeeds(text).trimEnd()
  const signed = withLineFeeds(signature.text).trim()
  return signed === '' ? written : `${written}\n\n${signed}`
}

function bodyHtml({ text, signature }: WrittenMail): string {
  const signed = signature.html === '' ? toHtml(withLineFeeds(signature.text).trim()) : signature.html
  return [
    '<!DOCTYPE html>\n<html>\n<body style="font-family:Aptos,Calibri,Segoe UI,Helvetica,Arial,sans-serif;font-size:15px">',
    `<div>${toHtml(withLineFeeds(text).trimEnd())}</div>`,
    ...(signed === '' ? [] : [`<div><br></div>\n<div>${signed}</div>`]),
    '</body>\n</html>\n',
  ].join('\n')
}

function withLineFeeds(text: string): string {
  return text.replace(/\r\n?/g, '\n')
}

function toHtml(text: string): string {
  // Blanks at the beginning of a line and runs of them are kept as they were typed.
  return escapeHtml(text)
    .replace(/ (?= )|^ /gm, '&nbsp;')
    .replaceAll('\n', '<br>\n')
}
