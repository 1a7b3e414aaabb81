import { createHash } from 'node:crypto'
import type { MailSource } from '#mail/mail-source.ts'
import { readPieces } from '#mail/pieces.ts'
import { decodePart } from '#mail/transfer-encoding.ts'
import type { PlannedFile } from '#model.ts'

/** A file as it would be stored. */
export interface MeasuredFile extends PlannedFile {
  sizeBytes: number
  /** Of the plain bytes, lower-case hex. */
  sha256: string
}

/** Sizes and hashes, by reading each file once. */
export async function measureFiles(source: MailSource, files: PlannedFile[]): Promise<MeasuredFile[]> {
  const measured: MeasuredFile[] = []
  for (const file of files) {
    const hash = createHash('sha256')
    let sizeBytes = 0
    for await (const block of readFile(source, file)) {
      hash.update(block)
      sizeBytes += block.length
    }
    measured.push({ ...file, sizeBytes, sha256: hash.digest('hex') })
  }
  return measured
}

/** The bytes of a file to be. */
export function readFile(source: MailSource, { content }: PlannedFile): AsyncIterable<Buffer> {
  if ('pieces' in content) return readPieces(source, content.pieces)
  return decodePart(source, content.range, content.encoding)
}
