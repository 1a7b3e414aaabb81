import { deleteUpload, endUpload } from '#database/uploads.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import { beginUpload } from './begin-upload.ts'
import type { Draft } from './open-draft.ts'
import type { FormFile } from '#portal/server/read-form.ts'
import { storePieces } from './store-pieces.ts'
import type { UploadRoom } from './upload-room.ts'

/**
 * Stores a file that came with the form, whose size is known only at its end. Nothing is left of one that did not come whole.
 * Throws what `beginUpload` and `storePieces` throw.
 */
export async function storeFormFile(
  deps: Pick<PortalDeps, 'db' | 'objects' | 'settings'> & { room: UploadRoom },
  draft: Draft,
  file: FormFile,
): Promise<void> {
  const { name, mediaType, bytes } = file
  const upload = await beginUpload(deps, draft, { name, mediaType, sizeBytes: null })
  const { id, sizeBytes } = upload
  const receiving = { id, messageKey: draft.messageKey, sizeBytes, receivedBytes: 0, pieces: 0 }
  let broken: Error | undefined
  bytes.once('error', error => (broken = error))
  try {
    // What is too large is read to its end by whoever brought it: destroyed, it would hold up the fields behind it.
    await storePieces(deps, receiving, bytes.iterator({ destroyOnReturn: false }))
    if (broken) throw broken
    await endUpload(deps.db, upload.id)
  } catch (error) {
    await deleteUpload(deps.db, upload.id, draft.id)
    throw error
  }
}
