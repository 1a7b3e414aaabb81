import type { Readable } from 'node:stream'
import { unwrapKey, type MasterKey } from '#crypto/message-key.ts'
import type { ByteRange, StoredObject } from '#model.ts'
import { begun, chunksFrom, readerOf, streamOf, type Chunks } from '#platform/chunks.ts'
import type { Objects } from './objects.ts'
import { readSealed } from './sealed-objects.ts'

/** A file in storage: the objects that it consists of, in order, and their key (32 bytes). */
export interface SealedFile {
  key: Buffer
  objects: StoredObject[]
}

/** The plain bytes of a file, or of a range of them, as a stream. Promises what `openSealed` does. */
export async function openSealedFile(
  storage: Pick<Objects, 'open'>,
  file: SealedFile,
  range?: ByteRange,
): Promise<Readable> {
  return streamOf(await readSealedFile(storage, file, range))
}

/** The key of a message as its row has it; null once it is forgotten. */
interface KeyOfMessage {
  id: string
  keyId: string
  wrappedKey: Buffer | null
}

/** The plain bytes of a file of a message, or of a range of them. Promises what `readSealedFile` does. */
export async function openPlain(
  { objects, masterKeys }: { objects: Pick<Objects, 'open'>; masterKeys: readonly MasterKey[] },
  { id, keyId, wrappedKey }: KeyOfMessage,
  file: Pick<SealedFile, 'objects'>,
  range?: ByteRange,
): Promise<Chunks> {
  // A message that has ended has no key, and is not authorised in the first place.
  if (!wrappedKey) throw new Error(`The message ${id} has no key.`)
  return readSealedFile(objects, { ...file, key: unwrapKey(masterKeys, id, { keyId, wrapped: wrappedKey }) }, range)
}

/**
 * The same, segment by segment, as `readSealed` does. One object is open at a time. The first bytes are read, decrypted and
 * authenticated already, so that an outage is told before anything is sent.
 */
export async function readSealedFile(
  storage: Pick<Objects, 'open'>,
  { key, objects }: SealedFile,
  range?: ByteRange,
): Promise<Chunks> {
  const open = ({ object, part }: Slice) => {
    const sealed = { objectKey: object.key, sizeBytes: object.sizeBytes, key, associatedData: Buffer.from(object.key) }
    return readSealed(storage, sealed, part)
  }
  // An empty object is opened as well, to see that it is whole.
  return oneAfterTheOther(objects.length === 1 ? [{ object: objects[0]!, part: range }] : slices(objects, range), open)
}

interface Slice {
  object: StoredObject
  part: ByteRange | undefined
}

/** What is wanted of each object, within that object. */
function slices(objects: StoredObject[], range: ByteRange | undefined): Slice[] {
  let at = 0
  return objects.flatMap(object => {
    const start = Math.max(range?.start ?? 0, at) - at
    const end = Math.min((range?.end ?? Infinity) - at, object.sizeBytes)
    at += object.sizeBytes
    return start < end ? [{ object, part: { start, end } }] : []
  })
}

function oneAfterTheOther(wanted: Slice[], open: (slice: Slice) => Promise<Chunks>): Promise<Chunks> {
  let current: Chunks | undefined
  let isDestroyed = false
  async function* read(): AsyncGenerator<Buffer> {
    for (const slice of wanted) {
      current?.destroy()
      current = await open(slice)
      // A reader that destroyed them meanwhile destroyed the one before.
      if (isDestroyed) current.destroy()
      yield* current
    }
  }
  const destroy = () => {
    isDestroyed = true
    current?.destroy()
  }
  return begun(chunksFrom(readerOf(read()), destroy))
}
