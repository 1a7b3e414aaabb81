import { createHash } from 'node:crypto'
import type { MailSource } from '#mail/mail-source.ts'
import { readPieces } from '#mail/pieces.ts'
import { decodePart } from '#mail/transfer-encoding.ts'
import type { PlannedFile } from '#model.ts'

/** A file as it would be stored. */
export interface HashedFile extends PlannedFile {
  /** Of the plain bytes, lower-case hex. */
  sha256: string
}

/** Hashes, by reading each file once. */
export async function hashFiles(source: MailSource, files: PlannedFile[]): Promise<HashedFile[]> {
  const hashed: HashedFile[] = []
  for (const file of files) {
    const hash = createHash('sha256')
    for await (const block of readFile(source, file)) hash.update(block)
    hashed.push({ ...file, sha256: hash.digest('hex') })
  }
  return hashed
}

/** The bytes of a file to be. */
export function readFile(source: MailSource, { content }: PlannedFile): AsyncIterable<Buffer> {
  if ('pieces' in content) return readPieces(source, content.pieces)
  return decodePart(source, content.range, content.encoding)
}
