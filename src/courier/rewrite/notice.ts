import { randomBytes } from 'node:crypto'
import type { BlockContent } from './block-content.ts'
import { htmlBlock } from './html-block.ts'
import { quotedText } from '#mail/encode-quoted-printable.ts'
import { textNotice } from './text-block.ts'

/**
 * What follows a header section to make a whole mail of it: its last fields, the blank line, and the notice as text
 * and HTML. Always as long for the same content, whatever its boundary.
 */
export function notice(content: BlockContent): Buffer {
  // RFC 2045 section 6.7: `=_` cannot occur in quoted-printable.
  const boundary = `=_${randomBytes(15).toString('hex')}`
  const lines = [
    'MIME-Version: 1.0',
    `Content-Language: ${content.lang}`,
    'Content-Type: multipart/alternative;',
    ` boundary="${boundary}"`,
    '',
    `--${boundary}`,
    ...part('text/plain', textNotice(content).join('\r\n')),
    `--${boundary}`,
    ...part('text/html', page(content)),
    `--${boundary}--`,
    '',
  ]
  return Buffer.from(lines.join('\r\n'), 'latin1')
}

function part(mediaType: string, text: string): string[] {
  return [
    `Content-Type: ${mediaType}; charset=utf-8`,
    'Content-Transfer-Encoding: quoted-printable',
    '',
    quotedText(Buffer.from(text, 'utf8')),
  ]
}

function page(content: BlockContent): string {
  return [
    `<!DOCTYPE html>`,
    `<html lang="${content.lang}"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">`,
    `<meta name="viewport" content="width=device-width"></head><body>`,
    `${htmlBlock(content, 'top', 0)}</body></html>`,
  ].join('\r\n')
}
