import { randomBytes, randomUUID } from 'node:crypto'
import { readPieces, piecesSize } from '#mail/pieces.ts'
import { BrokenEncoding } from '#mail/broken-encoding.ts'
import type { MailSource } from '#mail/mail-source.ts'
import { decodePart, measureDecoded } from '#mail/transfer-encoding.ts'
import type { Piece, Plan, PlannedFile, StoredFile } from '#model.ts'
import type { Objects } from '#objects/objects.ts'
import { putSealed } from '#objects/sealed-objects.ts'

/** What has been stored of a mail; nothing points to it yet. */
export interface StoredMail {
  files: StoredFile[]
  slim: { objectKey: string; sizeBytes: number }
}

/**
 * Seals the slim mail and each file of a plan under fresh keys. When it throws, what it had stored is removed
 * again; what could not be removed is swept by upkeep, since nothing points to it.
 */
export async function store(objects: Objects, messageKey: Buffer, source: MailSource, plan: Plan): Promise<StoredMail> {
  const stored: string[] = []
  const seal = async (sizeBytes: number, bytes: AsyncIterable<Buffer>) => {
    const objectKey = randomBytes(20).toString('hex')
    stored.push(objectKey)
    const sealed = { objectKey, sizeBytes, key: messageKey, associatedData: Buffer.from(objectKey) }
    const { sha256 } = await putSealed(objects, sealed, bytes)
    return { objectKey, sizeBytes, sha256 }
  }
  const sealPieces = (pieces: Piece[]) => seal(piecesSize(pieces), readPieces(source, pieces))
  const sealFile = async (file: PlannedFile) => {
    if ('pieces' in file.content) return { ...(await sealPieces(file.content.pieces)), stillEncoded: false }
    const { range, encoding } = file.content
    const asEncoded = async () => ({
      ...(await seal(range.end - range.start, source.stream(range))),
      stillEncoded: true,
    })
    if (file.stillEncoded) return asEncoded()
    try {
      const sizeBytes = await measureDecoded(source, range, encoding)
      return { ...(await seal(sizeBytes, decodePart(source, range, encoding))), stillEncoded: false }
    } catch (error) {
      // Nothing is guessed and nothing is lost: the file is the part as it was encoded.
      if (error instanceof BrokenEncoding) return asEncoded()
      throw error
    }
  }
  try {
    const slim = await sealPieces(plan.slim)
    const files: StoredFile[] = []
    for (const [position, file] of plan.files.entries()) {
      const { kind, name, mediaType } = file
      files.push({ id: randomUUID(), kind, position, name, mediaType, ...(await sealFile(file)) })
    }
    return { files, slim: { objectKey: slim.objectKey, sizeBytes: slim.sizeBytes } }
  } catch (error) {
    await Promise.allSettled(stored.map(key => objects.remove(key)))
    throw error
  }
}
