import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { copySize, rewrite } from '#courier/rewrite/rewrite.ts'
import type { CopyFacts } from '#courier/rewrite/copy-facts.ts'
import { verifyCopy } from '#courier/rewrite/verify-copy.ts'
import type { MailSource } from '#mail/mail-source.ts'
import { readPieces } from '#mail/pieces.ts'
import type { Piece } from '#model.ts'
import { readFile, type HashedFile } from './hash-files.ts'

/** What a copy is made from. */
export interface CopyToWrite {
  facts: CopyFacts
  source: MailSource
  slim: Piece[]
}

/** A copy as it would be sent, but for its Received field and with a link that leads nowhere. Memory: one block. */
export function copyBytes({ facts, source, slim }: CopyToWrite): { sizeBytes: number; bytes: AsyncIterable<Buffer> } {
  return { sizeBytes: copySize(facts), bytes: verifyCopy(rewrite(facts, readPieces(source, slim))) }
}

/** Writes a copy into the folder, which is made. Returns its path. */
export async function writeCopy(folder: string, number: number, copy: CopyToWrite): Promise<string> {
  const recipient = copy.facts.link.recipient.replace(/[^\p{L}\p{N}.@_+-]/gu, '_').slice(0, 100)
  return write(folder, `copy-${number}-${recipient}.eml`, copyBytes(copy).bytes)
}

/** Writes a file into the folder, which is made. Returns its path. */
export async function writeFileOf(folder: string, number: number, source: MailSource, file: HashedFile) {
  return write(folder, `file-${number}-${file.name}`, readFile(source, file))
}

async function write(folder: string, name: string, bytes: AsyncIterable<Buffer>): Promise<string> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, name)
  // What was to be sealed is for nobody else on this machine.
  await pipeline(bytes, createWriteStream(path, { mode: 0o600 }))
  return path
}
