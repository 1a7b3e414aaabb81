import { simpleParser } from 'mailparser'
import { fieldsNamed, findHeaderEnd, readHeaderFields } from '#mail/header-fields.ts'
import { leaf, mail, multipart, type Entity } from '../support/mail-builder.ts'

export interface Answer {
  /** `Sv:` */
  prefix: string
  kind: 'text' | 'html'
  /** Where the answer stands: above what it quotes, or below. */
  posted: 'top' | 'bottom'
}

/** What a mail client sends when its user answers a mail, or passes it on, with all of it quoted. */
export async function answer(copy: Buffer, { prefix, kind, posted }: Answer): Promise<Buffer> {
  const read = await simpleParser(copy, { skipImageLinks: true })
  const html = `<p>Tack!</p>`
  const quotedHtml = `<blockquote type="cite">${read.html || read.textAsHtml}</blockquote>`
  const quotedText = (read.text ?? '').split('\n').map(line => `> ${line}`.trimEnd())
  const ours: Entity =
    kind === 'html'
      ? leaf(posted === 'top' ? html + quotedHtml : quotedHtml + html, { type: 'text/html; charset=utf-8' })
      : leaf((posted === 'top' ? ['Tack!', '', ...quotedText] : [...quotedText, '', 'Tack!']).join('\r\n'), {
          type: 'text/plain; charset=utf-8',
        })
  return mail(ours, answerFields(copy, prefix))
}

/** The same with the mail as an attachment. */
export function forwardAttached(copy: Buffer, prefix: string): Buffer {
  const parts = [leaf('För kännedom.\r\n', { type: 'text/plain; charset=utf-8' })]
  const attached = leaf(copy, { type: 'message/rfc822; name="Underlag.eml"', disposition: 'attachment' })
  return mail(multipart('mixed', [...parts, attached], { boundary: 'forwarded' }), answerFields(copy, prefix))
}

function answerFields(copy: Buffer, prefix: string): string[] {
  const { fields } = readHeaderFields(copy.subarray(0, findHeaderEnd(copy)))
  const value = (name: string) => fieldsNamed(fields, name)[0]?.value.trim() ?? ''
  return [
    'From: Bertil <bertil@kommun.example>',
    'To: Anna <anna@kommun.example>, Eva Partner <eva@partner.example>',
    `Subject: ${prefix} ${value('subject')}`,
    `In-Reply-To: ${value('message-id')}`,
    `References: ${value('message-id')}`,
    ...['Thread-Topic', 'Thread-Index'].flatMap(name =>
      value(name.toLowerCase()) ? [`${name}: ${value(name.toLowerCase())}`] : [],
    ),
    'Date: Mon, 23 Nov 2026 10:00:00 +0100',
    `Message-ID: <answer-${prefix.replace(/\W/g, '')}@kommun.example>`,
    'MIME-Version: 1.0',
  ]
}
