import { Readable } from 'node:stream'
import { ciphertextRange, ciphertextSize, openSegments, type SegmentOpener } from '#crypto/streaming-aead.ts'
import { encryptStream, headerBytes, segmentBytes } from '#crypto/streaming-aead.ts'
import type { ByteRange } from '#model.ts'
import { chunksFrom, exactly, streamOf, type Chunks } from '#platform/chunks.ts'
import type { ByteSource } from './byte-source.ts'
import type { Objects } from './objects.ts'
import { readBlocks, spareMemory } from './read-ahead.ts'
import { wrongSize } from './storage-away.ts'

/** An object that is sealed: what one needs to write it, and to read it again. */
export interface SealedObject {
  objectKey: string
  /** Of the plain bytes. */
  sizeBytes: number
  /** 32 bytes. */
  key: Buffer
  /** What the ciphertext is bound to, such as the message's and the file's id. */
  associatedData: Buffer
}

/**
 * Encrypts the source's bytes into a fresh object. It throws what the source throws, unchanged; an Error where the source delivers another number of
 * bytes than `sizeBytes`; `Failure('OBJECTS_AWAY')`. After a throw there is no whole object under the key.
 * A source that is a stream is destroyed in the end.
 */
export async function putSealed(
  objects: Pick<Objects, 'put'>,
  { objectKey, sizeBytes, key, associatedData }: SealedObject,
  source: AsyncIterable<Buffer>,
): Promise<void> {
  const encrypt = encryptStream(key, associatedData, { atMostBytes: sizeBytes })
  try {
    await objects.put(
      objectKey,
      ciphertextSize(sizeBytes),
      encrypt(exactly(source, sizeBytes, bytes => wrongSize(sizeBytes, bytes))),
    )
  } finally {
    // A put that failed before it read anything has not ended the source either.
    if (source instanceof Readable) source.destroy()
  }
}

/**
 * The plain bytes of a sealed object, or of a range of them, as a stream. It fails with
 * `Failure('OBJECTS_AWAY')`, or with an Error where the object is not what was sealed; it never ends
 * early without one. Destroying it frees its connection.
 */
export async function openSealed(
  objects: Pick<Objects, 'open'>,
  sealed: SealedObject,
  range?: ByteRange,
): Promise<Readable> {
  return streamOf(await readSealed(objects, sealed, range))
}

/** The same, segment by segment: it holds one of 1 MiB in memory, or two while few are reading. */
export async function readSealed(
  objects: Pick<Objects, 'open'>,
  { objectKey, sizeBytes, key, associatedData }: SealedObject,
  range: ByteRange = { start: 0, end: sizeBytes },
): Promise<Chunks> {
  const isWhole = range.start === 0 && range.end === sizeBytes
  const wanted = isWhole ? undefined : ciphertextRange(range, sizeBytes)
  const header = Buffer.alloc(headerBytes)
  const readHeader = (from: ByteSource) => closeOnError(from, () => from.fill(header))
  if (wanted) {
    const start = await objects.open(objectKey, { start: 0, end: headerBytes })
    await readHeader(start)
    start.close()
  }
  const ciphertext = await objects.open(objectKey, wanted)
  if (!wanted) await readHeader(ciphertext)
  return closeOnError(ciphertext, () =>
    plainSegments(ciphertext, openSegments(key, associatedData, { header, range, plainBytes: sizeBytes }), sizeBytes),
  )
}

/** Shared by all who read, so that what they hold together is bounded. */
const spare = spareMemory(4, segmentBytes + 1)

function plainSegments(ciphertext: ByteSource, segments: SegmentOpener, plainBytes: number): Chunks {
  const blocks = readBlocks(ciphertext, Math.min(segmentBytes, ciphertextSize(plainBytes)) + 1, spare)
  // One more byte than a segment has shows whether anything follows the last one.
  const wantedBytes = () => segments.nextBytes() + (segments.isLast() ? 1 : 0)
  return chunksFrom(
    async () => {
      const sizeBytes = segments.nextBytes()
      if (sizeBytes === 0) return null
      const segment = await blocks.next(wantedBytes())
      if (segment.length > sizeBytes) throw new Error('The ciphertext is longer than it should be.')
      if (segment.length < sizeBytes) throw new Error('The ciphertext is shorter than it should be.')
      const plain = segments.open(segment)
      if (segments.nextBytes() > 0) blocks.begin(wantedBytes())
      // That of an empty file is empty, and the only one.
      return plain.length > 0 ? plain : null
    },
    () => blocks.close(),
  )
}

async function closeOnError<T>(source: ByteSource, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    source.close()
    throw error
  }
}
