import { createHash } from 'node:crypto'
import iconv from 'iconv-lite'
import { simpleParser, type ParsedMail } from 'mailparser'
import { expect } from 'vitest'
import { planMail } from '#seal/plan-mail.ts'
import type { PlanSettings } from '#seal/plan/plan-whole.ts'
import { mailFromBuffer, type MailSource } from '#mail/mail-source.ts'
import type { Part } from '#mail/part.ts'
import { readPieces } from '#mail/pieces.ts'
import { decodePart } from '#mail/transfer-encoding.ts'
import type { Piece, Plan, PlannedFile, Slot } from '#model.ts'
import { encodeQuotedPrintable } from './mail-builder.ts'

/** What stands for the link block: unlikely to be in a mail, and of lengths that do not fit base64. */
export const textBlock = 'ÅLINK-BLOCK'
export const htmlBlock = '<p>HTML-LINK-BLOCK</p>'

export interface Planned {
  plan: Plan
  /** The parts of the mail; null where they cannot be told. */
  root: Part | null
  /** The slim mail with its slots empty. */
  slim: Buffer
  /** The slim mail with a block in each slot, as the courier would write it. */
  copy: Buffer
  files: { name: string; bytes: Buffer; sha256: string; file: PlannedFile }[]
}

export type Marked = Parameters<typeof planMail>[2]

/** Plans a mail, reads the plan back, and carries the plan out in memory. */
export async function planned(
  mail: Buffer,
  marked: Partial<Marked> = {},
  settings: Partial<PlanSettings> = {},
): Promise<Planned> {
  const source = mailFromBuffer(mail)
  const { plan: made, root } = await planMail(
    { linkBlock: 'top', wholeMails: 'seal', inlineImageKiB: 64, ...settings },
    source,
    {
      private: false,
      changedSubject: null,
      removeFields: [],
      ...marked,
    },
  )
  const slim = await join(source, made.slim)
  const files = await Promise.all(
    made.files.map(async file => {
      const bytes = await contentOf(source, file)
      expect(file.sizeBytes).toBe(bytes.length)
      return { name: file.name, bytes, sha256: sha256(bytes), file }
    }),
  )
  return { plan: made, root, slim, copy: fill(slim, made.slots), files }
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** The independent reader. */
export async function parse(mail: Buffer): Promise<ParsedMail> {
  return simpleParser(mail, { skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true, skipTextLinks: true })
}

async function join(source: MailSource, pieces: Piece[]): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(readPieces(source, pieces)))
}

async function contentOf(source: MailSource, { content }: PlannedFile): Promise<Buffer> {
  if ('pieces' in content) return join(source, content.pieces)
  return Buffer.concat(await Array.fromAsync(decodePart(source, content.range, content.encoding)))
}

function fill(slim: Buffer, slots: Slot[]): Buffer {
  const parts: Buffer[] = []
  let at = 0
  for (const slot of slots.toSorted((one, other) => one.offset - other.offset)) {
    parts.push(slim.subarray(at, slot.offset), written(slot))
    at = slot.offset
  }
  return Buffer.concat([...parts, slim.subarray(at)])
}

function written(slot: Slot): Buffer {
  const isAscii = /^(iso-2022|utf-7)/.test(slot.charset)
  const charset = isAscii ? 'us-ascii' : slot.charset
  const text = slot.kind === 'html' ? htmlBlock : isAscii ? 'LINK-BLOCK' : textBlock
  const encode = (block: string) => iconv.encode(block, charset, { addBOM: false })
  if (slot.encoding === 'quoted-printable') return encodeQuotedPrintable(encode(`${text}\r\n`))
  if (slot.encoding !== 'base64') return encode(`${text}\r\n`)
  for (let blanks = ''; ; blanks += ' ') {
    const block = encode(`${text}${blanks}\r\n`)
    const bytes = Buffer.concat([Buffer.from(slot.before, 'latin1'), block, Buffer.from(slot.after, 'latin1')])
    if (bytes.length % 3 === 0) return Buffer.from(`${bytes.toString('base64')}\r\n`)
  }
}
