import { randomBytes, randomUUID } from 'node:crypto'
import { readPieces, piecesSize } from '#mail/pieces.ts'
import type { MailSource } from '#mail/mail-source.ts'
import { decodePart } from '#mail/transfer-encoding.ts'
import type { Plan, PlannedFile, StoredFile, StoredObject } from '#model.ts'
import type { Objects } from '#objects/objects.ts'
import { putSealed } from '#objects/sealed-objects.ts'

/** What has been stored of a mail; nothing points to it yet. */
export interface StoredMail {
  files: StoredFile[]
  slim: StoredObject
}

/**
 * Seals the slim mail and each file of a plan under fresh keys. When it throws, what it had stored is removed
 * again; what could not be removed is swept by upkeep, since nothing points to it.
 */
export async function store(
  objects: Pick<Objects, 'put' | 'remove'>,
  messageKey: Buffer,
  source: MailSource,
  plan: Plan,
): Promise<StoredMail> {
  const stored: string[] = []
  const seal = async (sizeBytes: number, bytes: AsyncIterable<Buffer>) => {
    const objectKey = randomBytes(20).toString('hex')
    stored.push(objectKey)
    const sealed = { objectKey, sizeBytes, key: messageKey, associatedData: Buffer.from(objectKey) }
    const { sha256 } = await putSealed(objects, sealed, bytes)
    return { object: { key: objectKey, sizeBytes }, sha256 }
  }
  const sealFile = async ({ content, sizeBytes }: PlannedFile) =>
    seal(
      sizeBytes,
      'pieces' in content
        ? readPieces(source, content.pieces, true)
        : decodePart(source, content.range, content.encoding, true),
    )
  try {
    const slim = await seal(piecesSize(plan.slim), readPieces(source, plan.slim))
    const files: StoredFile[] = []
    for (const [position, file] of plan.files.entries()) {
      const { kind, name, mediaType, stillEncoded } = file
      const { object, sha256 } = await sealFile(file)
      const stored = { sizeBytes: object.sizeBytes, sha256, objects: [object] }
      files.push({ id: randomUUID(), kind, position, name, mediaType, stillEncoded, ...stored })
    }
    return { files, slim: slim.object }
  } catch (error) {
    await Promise.allSettled(stored.map(key => objects.remove(key)))
    throw error
  }
}
