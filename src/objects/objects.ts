import type { ByteRange } from '#model.ts'
import type { ByteSource } from './byte-source.ts'

/** What one object is, as listed. */
export interface ObjectEntry {
  key: string
  sizeBytes: number
  modifiedAt: Date
}

/**
 * Object storage: an S3 bucket or a folder. It only ever sees ciphertext. Keys are ours: fresh random
 * ones, never used twice. Every method throws `Failure('OBJECTS_AWAY')` when the storage is out of
 * reach, full, too slow, or answers nonsense.
 */
export interface Objects {
  /**
   * Stores `sizeBytes` bytes under a fresh key. When it resolves, the object is durable, whole, and
   * its size has been verified. When it rejects, whether by the storage or by the source, nothing is left under
   * the key but what upkeep will sweep. A source that is a stream is destroyed in the end. A source may use the
   * memory of a block again when it is asked for the next.
   */
  put(key: string, sizeBytes: number, source: AsyncIterable<Buffer>): Promise<void>
  /** The bytes of an object, or of a range of them, for a reader who brings the memory: a folder reads straight into it. */
  open(key: string, range?: ByteRange): Promise<ByteSource>
  /** Removes an object; one that is not there is no error. */
  remove(key: string): Promise<void>
  /** Every object, in no particular order, including those of unfinished puts where the storage shows them. */
  list(): AsyncIterable<ObjectEntry>
  /** Resolves if the storage can be used now. */
  check(): Promise<void>
}
