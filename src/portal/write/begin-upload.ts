import { randomUUID } from 'node:crypto'
import { lockDraft, lockDraftsOf } from '#database/drafts.ts'
import { insertUpload, sealUploadName, sumUploads, type UploadRow, type UploadSums } from '#database/uploads.ts'
import { Failure } from '#failure.ts'
import { safeFileName } from '#mail/file-name.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import type { Draft } from './open-draft.ts'

/** A file as the browser announces it; nothing of it is trusted. */
export interface Announced {
  name: string | null
  mediaType: string
  /** Null where it is only known at the end: then it is as large as may be. */
  sizeBytes: number | null
}

/**
 * Begins the upload of a file. Throws `UPLOAD_TOO_BIG` (`of: 'drafts'` if all drafts of the account have too much) and
 * `UPLOADS_TOO_MANY` beyond the admin's limits: also where several are begun at the same time.
 */
export async function beginUpload(
  { db, settings }: Pick<PortalDeps, 'db' | 'settings'>,
  { id: draftId, accountId, messageKey }: Pick<Draft, 'id' | 'accountId' | 'messageKey'>,
  announced: Announced,
): Promise<UploadRow> {
  return db.transaction(async tx => {
    await lockDraftsOf(tx, accountId)
    await lockDraft(tx, draftId)
    const before = await sumUploads(tx, draftId, accountId)
    const sizeBytes = allowedBytes(settings.compose, before, announced.sizeBytes)
    const mediaType = mediaTypeOf(announced.mediaType)
    const name = safeFileName(announced.name, mediaType, before.count + 1)
    const id = randomUUID()
    const upload = { id, draftId, sealedName: sealUploadName(messageKey, id, name), mediaType, sizeBytes }
    await insertUpload(tx, upload)
    return { ...upload, receivedBytes: 0, objects: [] }
  })
}

/** How large it may become, beside those that are there: in this draft, and in all drafts of the account. */
function allowedBytes(
  limits: PortalDeps['settings']['compose'],
  before: UploadSums,
  announcedBytes: number | null,
): number {
  const { fileBytes, filesBytes, files } = limits
  const leftBytes = filesBytes - before.bytes
  const leftOfAllBytes = limits.draftsBytes - before.bytesOfAll
  const sizeBytes = announcedBytes ?? Math.min(fileBytes, leftBytes, leftOfAllBytes)
  if (sizeBytes > fileBytes) throw new Failure('UPLOAD_TOO_BIG', { atMost: fileBytes })
  if (sizeBytes > leftBytes || leftBytes <= 0) throw new Failure('UPLOAD_TOO_BIG', { atMost: filesBytes })
  if (sizeBytes > leftOfAllBytes || leftOfAllBytes <= 0) {
    throw new Failure('UPLOAD_TOO_BIG', { atMost: limits.draftsBytes, of: 'drafts' })
  }
  if (before.count >= files) throw new Failure('UPLOADS_TOO_MANY', { atMost: files })
  return sizeBytes
}

/** RFC 2045 section 5.1: a type and a subtype, both tokens. */
function mediaTypeOf(claimed: string): string {
  const type = claimed.split(';')[0]!.trim().toLowerCase()
  return /^[\w!#$&^.+-]{1,60}\/[\w!#$&^.+-]{1,60}$/.test(type) ? type : 'application/octet-stream'
}
