import { Readable } from 'node:stream'
import type { StoredSlim } from '#model.ts'
import { readInto } from './byte-source.ts'
import type { Objects } from './objects.ts'
import { openSealed, putSealed } from './sealed-objects.ts'

/** Up to this size a slim mail is kept with its message: an object of its own makes a small mail a tenth dearer. */
const smallBytes = 16 * 1024

/** Seals a slim mail: a small one for its message's row, another into the storage. Throws what `putSealed` does. */
export async function sealSlim(
  objects: Pick<Objects, 'put'>,
  { key, objectKey, sizeBytes }: { key: Buffer; objectKey: string; sizeBytes: number },
  bytes: AsyncIterable<Buffer>,
): Promise<StoredSlim> {
  let sealed: Buffer | null = null
  const row: Pick<Objects, 'put'> = { put: async (_key, _size, source) => void (sealed = await gather(source)) }
  const sealing = { objectKey, sizeBytes, key, associatedData: Buffer.from(objectKey) }
  await putSealed(sizeBytes <= smallBytes ? row : objects, sealing, bytes)
  return { key: objectKey, sizeBytes, sealed }
}

/** The slim mail, or its first `upToBytes`, decrypted while it is read. It fails as `openSealed` does. */
export function openSlim(
  objects: Pick<Objects, 'open'>,
  { key: objectKey, sizeBytes, sealed }: StoredSlim,
  messageKey: Buffer,
  upToBytes = Infinity,
): Promise<Readable> {
  const row = (bytes: Uint8Array): Pick<Objects, 'open'> => ({
    open: async (_key, { start, end } = { start: 0, end: bytes.length }) =>
      readInto(Readable.from([Buffer.from(bytes.subarray(start, end))])),
  })
  const wanted = { objectKey, sizeBytes, key: messageKey, associatedData: Buffer.from(objectKey) }
  return openSealed(sealed ? row(sealed) : objects, wanted, { start: 0, end: Math.min(sizeBytes, upToBytes) })
}

/** A block's memory is used again for the next. */
async function gather(blocks: AsyncIterable<Buffer>): Promise<Buffer> {
  const gathered: Buffer[] = []
  for await (const block of blocks) gathered.push(Buffer.from(block))
  return Buffer.concat(gathered)
}
