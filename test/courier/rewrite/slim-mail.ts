import iconv from 'iconv-lite'
import { encode, wrap } from 'nodemailer/lib/qp'
import { rewrite } from '#courier/rewrite/rewrite.ts'
import type { CopyFacts } from '#courier/rewrite/copy-facts.ts'
import type { Slot } from '#model.ts'

export type TextPart = Omit<Slot, 'offset' | 'before' | 'after'> & { text: string }

export interface SlimMail {
  bytes: Buffer
  slots: Slot[]
}

/** A mail whose body is one text, with a slot before or after it. `text` has CRLF line ends, the last one too. */
export function slimMail(part: TextPart): SlimMail {
  const bytes: Buffer[] = [Buffer.from(mailFields)]
  const slot = appendPart(bytes, part)
  return { bytes: Buffer.concat(bytes), slots: [slot] }
}

/** The same with several texts in a multipart/alternative. */
export function alternative(parts: TextPart[]): SlimMail {
  const bytes: Buffer[] = [Buffer.from(`${mailFields}Content-Type: multipart/alternative; boundary=b1\r\n\r\n`)]
  const slots = parts.map(part => {
    bytes.push(Buffer.from('--b1\r\n'))
    const slot = appendPart(bytes, part)
    bytes.push(Buffer.from('\r\n'))
    return slot
  })
  bytes.push(Buffer.from('--b1--\r\n'))
  return { bytes: Buffer.concat(bytes), slots }
}

/** The copy as one buffer, from the slim mail in chunks of so many bytes. */
export async function writeCopy(facts: CopyFacts, slim: SlimMail, chunkBytes = 7): Promise<Buffer> {
  const message = { ...facts.message, slots: slim.slots, slimSizeBytes: slim.bytes.length }
  return collect(rewrite({ ...facts, message }, inChunks(slim.bytes, chunkBytes)))
}

export async function collect(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(chunks))
}

export async function* inChunks(bytes: Buffer, chunkBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}

export const mailFields = [
  'From: =?utf-8?q?Anna_=C3=85kesson?= <anna@example.org>',
  'To: bo@example.net',
  'Subject: =?utf-8?q?Inf=C3=B6r_m=C3=B6tet?=',
  'Date: Tue, 24 Nov 2026 10:00:00 +0000',
  'Message-ID: <1@example.org>',
  'MIME-Version: 1.0',
  '',
].join('\r\n')

function appendPart(bytes: Buffer[], part: TextPart): Slot {
  const type = part.kind === 'text' ? `text/plain${part.flowed ? '; format=flowed' : ''}` : 'text/html'
  bytes.push(
    Buffer.from(
      `Content-Type: ${type}; charset=${part.charset}\r\nContent-Transfer-Encoding: ${part.encoding}\r\n\r\n`,
    ),
  )
  const content = iconv.encode(part.text, part.charset, { addBOM: part.charset === 'utf-16' })
  const { head, tail, before, after } = cut(part, content)
  bytes.push(head)
  const offset = bytes.reduce((size, each) => size + each.length, 0)
  bytes.push(tail)
  const { text: _, ...rest } = part
  return { ...rest, offset, before, after }
}

/** Around the slot, encoded. In base64 the top slot is two bytes into the text where these are a byte order mark. */
function cut({ encoding, charset, position }: TextPart, content: Buffer) {
  if (encoding !== 'base64') {
    const bytes = encoding === 'quoted-printable' ? quoted(content, charset) : content
    return position === 'top' ? { ...none, tail: bytes } : { ...none, head: bytes }
  }
  const at = position === 'bottom' ? content.length : charset === 'utf-16' ? 2 : 0
  const whole = at - (at % 3)
  const resume = position === 'bottom' ? at : Math.ceil(at / 3) * 3
  return {
    head: Buffer.from(base64(content.subarray(0, whole))),
    tail: Buffer.from(base64(content.subarray(resume))),
    before: content.toString('latin1', whole, at),
    after: content.toString('latin1', at, resume),
  }
}

const none = { head: Buffer.alloc(0), tail: Buffer.alloc(0), before: '', after: '' }

function quoted(content: Buffer, charset: string): Buffer {
  if (!charset.startsWith('utf-16')) return Buffer.from(wrap(encode(content), 76))
  return Buffer.from(`${wrap(encode(content).replaceAll('\r', '=0D').replaceAll('\n', '=0A'), 75)}=\r\n`)
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/.{1,76}/g, '$&\r\n')
}
