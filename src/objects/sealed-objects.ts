import { createHash, type Hash } from 'node:crypto'
import { PassThrough, Readable, pipeline } from 'node:stream'
import { ciphertextRange, ciphertextSize, decryptRange, decryptStream } from '#crypto/streaming-aead.ts'
import { encryptStream, headerBytes, type ByteTransform } from '#crypto/streaming-aead.ts'
import type { ByteRange } from '#model.ts'
import type { Objects } from './objects.ts'
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
 * Encrypts the source's bytes into a fresh object, and returns the SHA-256 of the plain bytes (lower-case
 * hex). It throws what the source throws, unchanged; an Error where the source delivers another number of
 * bytes than `sizeBytes`; `Failure('OBJECTS_AWAY')`. After a throw there is no whole object under the key.
 * A source that is a stream is destroyed in the end.
 */
export async function putSealed(
  objects: Pick<Objects, 'put'>,
  { objectKey, sizeBytes, key, associatedData }: SealedObject,
  source: AsyncIterable<Buffer>,
): Promise<{ sha256: string }> {
  const hash = createHash('sha256')
  const sealed = encryptStream(key, associatedData)(hashExactly(source, sizeBytes, hash))
  try {
    await objects.put(objectKey, ciphertextSize(sizeBytes), Readable.from(sealed, { objectMode: false }))
  } finally {
    // A put that failed before it read anything has not ended the source either.
    if (source instanceof Readable) source.destroy()
  }
  return { sha256: hash.digest('hex') }
}

/**
 * The plain bytes of a sealed object, or of a range of them. The stream fails with
 * `Failure('OBJECTS_AWAY')`, or with an Error where the object is not what was sealed; it never ends
 * early without one. Destroying it frees its connection.
 */
export async function openSealed(
  objects: Pick<Objects, 'get'>,
  { objectKey, sizeBytes, key, associatedData }: SealedObject,
  range: ByteRange = { start: 0, end: sizeBytes },
): Promise<Readable> {
  if (range.start === 0 && range.end === sizeBytes) {
    return decrypted(await objects.get(objectKey), decryptStream(key, associatedData), sizeBytes)
  }
  const wanted = ciphertextRange(range, sizeBytes)
  const header = await readWhole(await objects.get(objectKey, { start: 0, end: headerBytes }))
  const decrypt = decryptRange(key, associatedData, { header, range, plainBytes: sizeBytes })
  return decrypted(await objects.get(objectKey, wanted), decrypt, range.end - range.start)
}

/** Destroying the result destroys the ciphertext at once, even while nothing arrives. */
function decrypted(ciphertext: Readable, decrypt: ByteTransform, plainBytes: number): Readable {
  const plain = new PassThrough()
  // A pipeline of generators notices it only at the next chunk.
  plain.once('close', () => ciphertext.destroy())
  pipeline(
    ciphertext,
    decrypt,
    source => exactly(source, plainBytes),
    plain,
    // Whoever reads `plain` gets the error from it.
    () => undefined,
  )
  return plain
}

async function* exactly(source: AsyncIterable<Buffer>, promisedBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const chunk of source) {
    bytes += chunk.length
    if (bytes > promisedBytes) break
    yield chunk
  }
  if (bytes !== promisedBytes) throw wrongSize(promisedBytes, bytes)
}

async function* hashExactly(source: AsyncIterable<Buffer>, sizeBytes: number, hash: Hash): AsyncGenerator<Buffer> {
  for await (const chunk of exactly(source, sizeBytes)) {
    hash.update(chunk)
    yield chunk
  }
}

async function readWhole(source: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of source as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}
