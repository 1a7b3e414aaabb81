import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto'
import { makeBlockMemory } from '#platform/buffers.ts'
import type { ByteRange } from '#model.ts'
import { letGo } from '#platform/hint-gc.ts'

/**
 * Tink's streaming AEAD, key type AES256_GCM_HKDF_1MB, as its published specification has it:
 * https://developers.google.com/tink/streaming-aead/aes_gcm_hkdf_streaming
 *
 *     ciphertext = header | segment 0 | segment 1 | …          each 1 MiB, segment 0 shortened by the header
 *     header     = its own length (1 byte) | salt (32) | nonce prefix (7)
 *     segment    = AES-256-GCM(nonce prefix | number (4, big endian) | 1 if last, else 0), with its tag (16)
 *
 * The segment key is HKDF-SHA-256 of the key, with the salt, and the associated data as info. What a
 * key seals is bound to the associated data; a cut end, a changed, moved or added byte is noticed.
 */
export const segmentBytes = 1024 * 1024
const tagBytes = 16
const saltBytes = 32
const noncePrefixBytes = 7
const plainSegmentBytes = segmentBytes - tagBytes
const maxSegments = 2 ** 32
/** Bytes are passed on in pieces of this size: whole segments would triple the memory that waits to be collected. */
const pieceBytes = 256 * 1024

const segmentMemory = makeBlockMemory(false)

/** What precedes the first segment: one fetches these bytes to read a range. */
export const headerBytes = 1 + saltBytes + noncePrefixBytes

/** Turns a stream of bytes into another. It ends its source when it is ended itself. */
export type ByteTransform = (source: AsyncIterable<Buffer>) => AsyncGenerator<Buffer>

/** The exact size of the ciphertext of so many plain bytes. */
export function ciphertextSize(plainBytes: number): number {
  return headerBytes + plainBytes + tagBytes * segmentCount(plainBytes)
}

/** A fresh random header. No two ciphertexts under one key may share one. */
function newHeader(): Buffer {
  return Buffer.concat([Buffer.of(headerBytes), randomBytes(saltBytes + noncePrefixBytes)])
}

/**
 * Encrypts a stream, segment by segment; it holds one of 1 MiB in memory, or less where the stream is said to have no more
 * than `atMostBytes`. What it yields is good until the next is asked for: its memory is used again. `key` is 32 bytes. What
 * the source throws is thrown on unchanged. Only test vectors bring a header.
 */
export function encryptStream(
  key: Buffer,
  associatedData: Buffer,
  { header = newHeader(), atMostBytes = plainSegmentBytes }: { header?: Buffer; atMostBytes?: number } = {},
): ByteTransform {
  return async function* (source) {
    const keys = segmentKeys(key, associatedData, header)
    const memoryBytes = Math.min(segmentBytes, headerBytes + atMostBytes + tagBytes)
    const isWhole = memoryBytes === segmentBytes
    const memory = isWhole ? segmentMemory.take(segmentBytes) : Buffer.allocUnsafeSlow(memoryBytes)
    header.copy(memory)
    let number = 0
    let start = headerBytes
    let filled = headerBytes
    const seal = (last: boolean): Buffer => {
      const isTooLong = number === maxSegments || (!last && !isWhole)
      if (isTooLong) throw new Error('The plain text is too long for one ciphertext, or longer than was said.')
      sealSegment(keys, number, last, memory.subarray(start, filled + tagBytes))
      letGo(filled)
      const sealed = memory.subarray(0, filled + tagBytes)
      number += 1
      start = 0
      filled = 0
      return sealed
    }
    for await (const chunk of source) {
      for (let taken = 0; taken < chunk.length;) {
        // A full segment waits for a byte after it, because only then is it known not to be the last.
        if (filled === memory.length - tagBytes) yield seal(false)
        const copied = chunk.copy(memory, filled, taken, taken + memory.length - tagBytes - filled)
        filled += copied
        taken += copied
      }
    }
    yield seal(true)
    // Only now: whoever breaks off may still be writing what it has.
    if (isWhole) segmentMemory.giveBack(memory)
  }
}

/** Encrypts a segment in its own memory, which ends with room for the tag. */
function sealSegment(keys: SegmentKeys, number: number, last: boolean, segment: Buffer): void {
  const cipher = createCipheriv('aes-256-gcm', keys.segmentKey, keys.nonce(number, last))
  const plain = segment.subarray(0, -tagBytes)
  for (let at = 0; at < plain.length; at += pieceBytes) {
    const piece = plain.subarray(at, at + pieceBytes)
    cipher.update(piece).copy(piece)
  }
  cipher.final()
  cipher.getAuthTag().copy(segment, plain.length)
}

/** Which bytes of the ciphertext to fetch for a range of the plain text, for `decryptRange`. The range is not empty. */
export function ciphertextRange(range: ByteRange, plainBytes: number): ByteRange {
  const { first, last } = segmentsOf(range, plainBytes)
  return {
    start: first === 0 ? headerBytes : first * segmentBytes,
    end: Math.min((last + 1) * segmentBytes, ciphertextSize(plainBytes)),
  }
}

/** Opens the segments of a ciphertext, one after the other. */
export interface SegmentOpener {
  /** The size of the next segment; 0 after the last one. */
  nextBytes(): number
  /** Whether the next segment is the ciphertext's last one, so that nothing may follow it. */
  isLast(): boolean
  /**
   * Decrypts the next segment in its own memory, and returns what of it is within the range. Throws for one that was
   * cut, changed or moved: what has then become of the memory is of no use.
   */
  open(segment: Buffer): Buffer
}

/**
 * What `ciphertextRange` named is opened with, to exactly the plain bytes of the range; of the whole where it is empty.
 * `header` is the first `headerBytes` of the ciphertext.
 */
export function openSegments(
  key: Buffer,
  associatedData: Buffer,
  { header, range, plainBytes }: { header: Buffer; range: ByteRange; plainBytes: number },
): SegmentOpener {
  const keys = segmentKeys(key, associatedData, header)
  const ending = segmentCount(plainBytes) - 1
  const { first, last } = plainBytes === 0 ? { first: 0, last: 0 } : segmentsOf(range, plainBytes)
  let number = first
  return {
    nextBytes: () =>
      number > last ? 0 : tagBytes + plainOffset(number + 1, plainBytes) - plainOffset(number, plainBytes),
    isLast: () => number === ending,
    open(segment) {
      const plain = openSegment(keys, number, number === ending, segment)
      letGo(plain.length)
      const at = plainOffset(number, plainBytes)
      number += 1
      return plain.subarray(Math.max(0, range.start - at), Math.max(0, range.end - at))
    },
  }
}

interface SegmentKeys {
  segmentKey: KeyObject
  nonce(number: number, last: boolean): Buffer
}

function segmentKeys(key: Buffer, associatedData: Buffer, header: Buffer): SegmentKeys {
  if (key.length !== 32) throw new Error('The key of a ciphertext is not 32 bytes long.')
  if (header.length !== headerBytes || header[0] !== headerBytes) throw new Error('The ciphertext has no valid header.')
  const salt = header.subarray(1, 1 + saltBytes)
  // Copied: the header may stand in a buffer that is used again.
  const noncePrefix = Buffer.from(header.subarray(1 + saltBytes))
  return {
    // Bytes would be made into a key anew for every segment, which takes longer.
    segmentKey: createSecretKey(Buffer.from(hkdfSync('sha256', createSecretKey(key), salt, associatedData, 32))),
    nonce: (number, last) => {
      const nonce = Buffer.alloc(12)
      noncePrefix.copy(nonce)
      nonce.writeUInt32BE(number, noncePrefixBytes)
      nonce[11] = last ? 1 : 0
      return nonce
    },
  }
}

/** Decrypts a segment in its own memory. */
function openSegment(keys: SegmentKeys, number: number, last: boolean, segment: Buffer): Buffer {
  const tagAt = segment.length - tagBytes
  if (tagAt < 0) throw new Error(`The ciphertext is cut off in segment ${number}.`)
  const decipher = createDecipheriv('aes-256-gcm', keys.segmentKey, keys.nonce(number, last), {
    authTagLength: tagBytes,
  })
  decipher.setAuthTag(segment.subarray(tagAt))
  const plain = segment.subarray(0, tagAt)
  for (let at = 0; at < tagAt; at += pieceBytes) {
    const piece = plain.subarray(at, at + pieceBytes)
    decipher.update(piece).copy(piece)
  }
  try {
    decipher.final()
  } catch (cause) {
    throw new Error(`Segment ${number} of the ciphertext is not authentic.`, { cause })
  }
  return plain
}

function segmentCount(plainBytes: number): number {
  return Math.max(1, Math.ceil((plainBytes + headerBytes) / plainSegmentBytes))
}

function plainOffset(segment: number, plainBytes: number): number {
  return segment === 0 ? 0 : Math.min(plainBytes, segment * plainSegmentBytes - headerBytes)
}

function segmentsOf(range: ByteRange, plainBytes: number): { first: number; last: number } {
  if (!(range.start >= 0 && range.start < range.end && range.end <= plainBytes)) {
    throw new RangeError(`The range ${range.start} to ${range.end} is not within ${plainBytes} bytes.`)
  }
  return {
    first: Math.floor((range.start + headerBytes) / plainSegmentBytes),
    last: Math.floor((range.end - 1 + headerBytes) / plainSegmentBytes),
  }
}
