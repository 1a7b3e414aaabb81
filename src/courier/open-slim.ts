import type { Readable } from 'node:stream'
import type { Objects } from '#objects/objects.ts'
import { openSealed } from '#objects/sealed-objects.ts'

/** The slim mail of a message, or its first `upToBytes`, decrypted while it is read. */
export function openSlim(
  objects: Objects,
  { slimObjectKey: objectKey, slimSizeBytes: sizeBytes }: { slimObjectKey: string; slimSizeBytes: number },
  messageKey: Buffer,
  upToBytes = Infinity,
): Promise<Readable> {
  const sealed = { objectKey, sizeBytes, key: messageKey, associatedData: Buffer.from(objectKey) }
  return openSealed(objects, sealed, { start: 0, end: Math.min(sizeBytes, upToBytes) })
}
