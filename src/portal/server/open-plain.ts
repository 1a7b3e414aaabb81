import { unwrapKey } from '#crypto/message-key.ts'
import type { MessageRow } from '#database/messages.ts'
import type { ByteRange, StoredFile } from '#model.ts'
import type { Stretches } from '#objects/byte-source.ts'
import { readSealedFile } from '#objects/sealed-file.ts'
import type { PortalParts } from './portal-parts.ts'

/** A file's plain bytes, or a range of them, with the first of them decrypted and authenticated. */
export async function openPlain(
  { objects, masterKeys }: Pick<PortalParts, 'objects' | 'masterKeys'>,
  { id, keyId, wrappedKey }: MessageRow,
  { objects: sealed }: Pick<StoredFile, 'objects'>,
  range?: ByteRange,
): Promise<Stretches> {
  // A message that has ended has no key, and is not authorised in the first place.
  if (!wrappedKey) throw new Error(`The message ${id} has no key.`)
  const key = unwrapKey(masterKeys, id, { keyId, wrapped: wrappedKey })
  return withFirst(await readSealedFile(objects, { key, objects: sealed }, range))
}

/** The same, once its first bytes are there or it has ended. Throws its error where it fails before. */
export async function withFirst(source: Stretches): Promise<Stretches> {
  try {
    let first = [await source.next()]
    return {
      next: async () => {
        const [held] = first
        if (held === undefined) return source.next()
        first = []
        return held
      },
      close: () => source.close(),
    }
  } catch (error) {
    source.close()
    throw error
  }
}
