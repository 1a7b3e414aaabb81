import { crc32, deflateSync } from 'node:zlib'
import iconv from 'iconv-lite'
import { encodeQuotedPrintable, leaf, mail, type Entity, type LeafOptions } from '../support/mail-builder.ts'

/** A mail as a client would send it, with one of the marks in its subject. */
export interface SourceMail {
  name: string
  /** The mail with this mark: `[säker]`. */
  write(mark: string): Buffer
  /** Words of its text that no copy may lose, and that no private copy may show. */
  says: string[]
  /** Names of its files. */
  files: string[]
}

/** The usual header fields; the subject is `Underlag` behind the mark, written as clients do it. */
export function header(mark: string, { from = anna, more = [] as string[] } = {}): string[] {
  return [
    `From: ${from}`,
    'To: =?utf-8?Q?Bertil_=C3=96berg?= <bertil@kommun.example>, Eva Partner <eva@partner.example>',
    `Subject: =?utf-8?B?${Buffer.from(`${mark} Underlag`).toString('base64')}?=`,
    'Date: Mon, 23 Nov 2026 09:12:31 +0100',
    'MIME-Version: 1.0',
    ...more,
  ]
}

export const anna = '=?utf-8?Q?Anna_=C3=85kesson?= <anna@kommun.example>'

/** A whole mail; `lines` end where the entity's own fields begin. */
export function whole(lines: string[], entity: Entity): Buffer {
  return mail(entity, lines)
}

/** A text in a charset, with CRLF line ends. */
export function text(content: string, type: string, encoding: NonNullable<LeafOptions['encoding']>): Entity {
  const charset = /charset="?([\w-]+)/.exec(type)?.[1] ?? 'us-ascii'
  const bytes = iconv.encode(content.replace(/\r?\n/g, '\r\n'), charset)
  const plain = leaf(encoding === 'quoted-printable' ? '' : bytes, { type, encoding })
  return encoding === 'quoted-printable' ? { fields: plain.fields, body: encodeQuotedPrintable(bytes) } : plain
}

/** Bytes that a PDF reader would open, and long enough for a size in kilobytes. */
export function pdf(kilobytes = 40): Buffer {
  return Buffer.from(`%PDF-1.4\n% ${'lorem '.repeat(170 * kilobytes)}\n%%EOF\n`)
}

/** A logo as PNG: a filled rectangle with a lighter band. */
export function logo([red, green, blue] = [0, 90, 140], width = 160, height = 48): Buffer {
  const rows = Array.from({ length: height }, (_, y) => {
    const lighter = y > height * 0.6 && y < height * 0.8 ? 90 : 0
    const colour = [red!, green!, blue!].map(value => Math.min(255, value + lighter))
    return Buffer.from([0, ...Array.from({ length: width }, () => colour).flat()])
  })
  const size = Buffer.alloc(13)
  size.writeUInt32BE(width, 0)
  size.writeUInt32BE(height, 4)
  size.set([8, 2], 8)
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
  return Buffer.concat([
    signature,
    chunk('IHDR', size),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(name: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name), content])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(content.length)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, sum])
}
