import { randomBytes, randomUUID } from 'node:crypto'
import { startDigest } from '#crypto/file-digest.ts'
import { BrokenEncoding } from '#mail/broken-encoding.ts'
import { readPieces, piecesSize } from '#mail/pieces.ts'
import type { MailSource } from '#mail/mail-source.ts'
import { decodePart } from '#mail/transfer-encoding.ts'
import type { Plan, PlannedFile, StoredFile, StoredSlim } from '#model.ts'
import type { Objects } from '#objects/objects.ts'
import { putSealed } from '#objects/sealed-objects.ts'
import { sealSlim } from '#objects/slim-mail.ts'
import { makeWhenFree } from '#platform/semaphore.ts'
import { exactly } from '#platform/chunks.ts'

/** What has been stored of a mail; nothing points to it yet. */
export interface StoredMail {
  files: StoredFile[]
  slim: StoredSlim
}

/** Small files mostly wait for the disk or the network, each with a segment in memory. */
const atOnce = 3

/**
 * Seals the slim mail and each file of a plan under fresh keys. Throws `BrokenEncoding` where a part does not decode to as
 * many bytes as were planned. When it throws, what it had stored is removed again; what could not be removed is swept by upkeep, since nothing points to it.
 */
export async function store(
  objects: Pick<Objects, 'put' | 'remove'>,
  messageKey: Buffer,
  source: MailSource,
  plan: Plan,
): Promise<StoredMail> {
  const whenFree = makeWhenFree(atOnce)
  const keys: string[] = []
  const failures: unknown[] = []
  const seal = <Stored>(put: (objectKey: string) => Promise<Stored>) =>
    whenFree(async () => {
      if (failures.length > 0) throw failures[0]
      const objectKey = randomBytes(20).toString('hex')
      keys.push(objectKey)
      try {
        return await put(objectKey)
      } catch (error) {
        failures.push(error)
        throw error
      }
    })
  const sealFile = async (file: PlannedFile, position: number): Promise<StoredFile> => {
    const { kind, name, mediaType, stillEncoded, sizeBytes } = file
    return seal(async objectKey => {
      const sealed = { objectKey, sizeBytes, key: messageKey, associatedData: Buffer.from(objectKey) }
      const digest = startDigest()
      await putSealed(objects, sealed, passing(bytesOf(source, file), digest.add))
      const stored = { id: randomUUID(), kind, position, name, mediaType, stillEncoded, sizeBytes }
      return { ...stored, ...digest.end(), objects: [{ key: objectKey, sizeBytes }] }
    })
  }
  const slimMail = seal(objectKey =>
    sealSlim(objects, { key: messageKey, objectKey, sizeBytes: piecesSize(plan.slim) }, readPieces(source, plan.slim)),
  )
  const sealing = [slimMail, ...plan.files.map(sealFile)] as const
  // Nothing is removed while something may still be put.
  await Promise.allSettled(sealing)
  if (failures.length > 0) {
    await Promise.allSettled(keys.map(key => objects.remove(key)))
    throw failures[0]
  }
  const [slim, ...files] = sealing
  return { files: await Promise.all(files), slim: await slim }
}

/** Removes what was stored of a mail that is not needed after all. Upkeep sweeps objects that cannot be removed now. */
export async function removeStored(objects: Pick<Objects, 'remove'>, { slim, files }: StoredMail): Promise<void> {
  const stored = [...(slim.sealed ? [] : [slim]), ...files.flatMap(file => file.objects)]
  await Promise.allSettled(stored.map(object => objects.remove(object.key)))
}

function bytesOf(source: MailSource, { content, sizeBytes }: PlannedFile): AsyncIterable<Buffer> {
  if ('pieces' in content) return readPieces(source, content.pieces, true)
  // Its size may have been guessed.
  const decoded = decodePart(source, content.range, content.encoding, true)
  return exactly(decoded, sizeBytes, () => new BrokenEncoding('it is not as long as its lines would have it'))
}

async function* passing(blocks: AsyncIterable<Buffer>, see: (block: Buffer) => void): AsyncGenerator<Buffer> {
  for await (const block of blocks) {
    see(block)
    yield block
  }
}
