import { randomUUID } from 'node:crypto'
import { lockDraft } from '#database/drafts.ts'
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

/**
 * Begins the upload of a file. Throws `UPLOAD_TOO_BIG` and `UPLOADS_TOO_MANY`, beyond the admin's limits: also where several are begun
 * at the same time.
 */
export async function beginUpload(
  { db, settings }: Pick<PortalParts, 'db' | 'settings'>,
  draftId: string,
  announced: Announced,
): Promise<UploadRow> {
  return db.transaction(async tx => {
    await lockDraft(tx, draftId)
    const before = await findUploads(tx, draftId)
    const sizeBytes = allowedBytes(settings.compose, before, announced.sizeBytes)
    const mediaType = mediaTypeOf(announced.mediaType)
    const name = safeFileName(announced.name, mediaType, before.length + 1)
    const upload = { id: randomUUID(), draftId, name, mediaType, sizeBytes }
    await insertUpload(tx, upload)
    return { ...upload, receivedBytes: 0, objects: [] }
  })
}

/** How large it may become, beside those that are there. */
function allowedBytes(
  { fileBytes, filesBytes, files }: PortalParts['settings']['compose'],
  before: UploadRow[],
  announcedBytes: number | null,
): number {
  const leftBytes = filesBytes - before.reduce((sum, upload) => sum + upload.sizeBytes, 0)
  const sizeBytes = announcedBytes ?? Math.min(fileBytes, leftBytes)
  if (sizeBytes > fileBytes) throw new Failure('UPLOAD_TOO_BIG', { atMost: fileBytes })
  if (sizeBytes > leftBytes || leftBytes <= 0) throw new Failure('UPLOAD_TOO_BIG', { atMost: filesBytes })
  if (before.length >= files) throw new Failure('UPLOADS_TOO_MANY', { atMost: files })
  return sizeBytes
}

/** RFC 2045 section 5.1: a type and a subtype, both tokens. */
function mediaTypeOf(claimed: string): string {
  const type = claimed.split(';')[0]!.trim().toLowerCase()
  return /^[\w!#$&^.+-]{1,60}\/[\w!#$&^.+-]{1,60}$/.test(type) ? type : 'application/octet-stream'
}
