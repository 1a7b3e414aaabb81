import { randomUUID } from 'node:crypto'
import { findUploads, insertUpload, type UploadRow } from '#database/uploads.ts'
import { Failure } from '#failure.ts'
import { safeFileName } from '#mail/file-name.ts'
import type { PortalParts } from '#portal/portal-parts.ts'

/** A file as the browser announces it; nothing of it is trusted. */
export interface Announced {
  name: string | null
  mediaType: string
  /** Null where it is only known at the end: then it is as large as may be. */
  sizeBytes: number | null
}

/** Begins the upload of a file. Throws `UPLOAD_TOO_BIG` and `UPLOADS_TOO_MANY`, beyond the admin's limits. */
export async function beginUpload(
  { db, settings }: Pick<PortalParts, 'db' | 'settings'>,
  draftId: string,
  announced: Announced,
): Promise<UploadRow> {
  const { fileBytes, filesBytes, files } = settings.compose
  const before = await findUploads(db, draftId)
  const leftBytes = filesBytes - before.reduce((sum, upload) => sum + upload.sizeBytes, 0)
  const sizeBytes = announced.sizeBytes ?? Math.min(fileBytes, leftBytes)
  if (sizeBytes > fileBytes) throw new Failure('UPLOAD_TOO_BIG', { atMost: fileBytes })
  if (sizeBytes > leftBytes || leftBytes <= 0) throw new Failure('UPLOAD_TOO_BIG', { atMost: filesBytes })
  if (before.length >= files) throw new Failure('UPLOADS_TOO_MANY', { atMost: files })
  const mediaType = mediaTypeOf(announced.mediaType)
  const upload = {
    id: randomUUID(),
    draftId,
    name: safeFileName(announced.name, mediaType, before.length + 1),
    mediaType,
    sizeBytes,
  }
  await insertUpload(db, upload)
  return { ...upload, receivedBytes: 0, objects: [] }
}

/** RFC 2045 section 5.1: a type and a subtype, both tokens. */
function mediaTypeOf(claimed: string): string {
  const type = claimed.split(';')[0]!.trim().toLowerCase()
  return /^[\w!#$&^.+-]{1,60}\/[\w!#$&^.+-]{1,60}$/.test(type) ? type : 'application/octet-stream'
}
