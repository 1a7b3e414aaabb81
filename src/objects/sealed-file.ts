import { Readable } from 'node:stream'
import type { ByteRange, StoredObject } from '#model.ts'
import type { Objects } from './objects.ts'
import { openSealed } from './sealed-objects.ts'

/** A file in storage: the objects that it consists of, in order, and their key (32 bytes). */
export interface SealedFile {
  key: Buffer
  objects: StoredObject[]
}

/** The plain bytes of a file, or of a range of them. Promises what `openSealed` does; one object is open at a time. */
export async function openSealedFile(
  storage: Pick<Objects, 'get'>,
  { key, objects }: SealedFile,
  range?: ByteRange,
): Promise<Readable> {
  const open = ({ object, part }: Slice) => {
    const sealed = { objectKey: object.key, sizeBytes: object.sizeBytes, key, associatedData: Buffer.from(object.key) }
    return openSealed(storage, sealed, part)
  }
  if (objects.length === 1) return open({ object: objects[0]!, part: range })
  const [first, ...others] = slices(objects, range)
  if (!first) return Readable.from([])
  // It is opened now, so that an outage is told before anything is sent.
  return oneAfterTheOther(await open(first), others, open)
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

/** Destroying it frees the object that is open, also while nothing arrives from it. */
function oneAfterTheOther(first: Readable, others: Slice[], open: (slice: Slice) => Promise<Readable>): Readable {
  let current = first
  async function* bytes() {
    yield* first as AsyncIterable<Buffer>
    for (const slice of others) {
      current = await open(slice)
      if (whole.destroyed) current.destroy()
      yield* current as AsyncIterable<Buffer>
    }
  }
  const whole = Readable.from(bytes(), { objectMode: false })
  whole.once('close', () => current.destroy())
  return whole
}
