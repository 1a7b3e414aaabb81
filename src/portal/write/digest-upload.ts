import { startDigest, type FileDigest } from '#crypto/file-digest.ts'
import type { StoredObject } from '#model.ts'
import { readSealedFile } from '#objects/sealed-file.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'

/**
 * Reads an upload once more, whole, before its message is sent. Its pieces may have come to several nodes, and no hash
 * can be carried from one to another. So every piece is also known to be there and whole. Throws what `readSealedFile` does.
 */
export async function digestUpload(
  storage: Pick<PortalDeps['objects'], 'open'>,
  key: Buffer,
  objects: StoredObject[],
): Promise<FileDigest> {
  const digest = startDigest()
  const source = await readSealedFile(storage, { key, objects })
  try {
    for await (const chunk of source) digest.add(chunk)
    return digest.end()
  } finally {
    source.destroy()
  }
}
