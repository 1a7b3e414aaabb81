import type { Queryable } from './database.ts'
import { objectsOf } from './objects.ts'
import { openBytes, sealBytes } from '#crypto/seal-bytes.ts'
import type { StoredObject } from '#model.ts'

/** A row of `uploads`: a file on its way to a draft. */
export interface UploadRow {
  id: string
  draftId: string
  /** For display; already sanitised. Sealed with the key of the message to be (`uploadName`). */
  sealedName: Buffer
  mediaType: string
  /** As announced. */
  sizeBytes: number
  /** Stored so far; the upload is whole once it has `sizeBytes`. */
  receivedBytes: number
  objects: StoredObject[]
}

const columns = `id, draft_id as "draftId", sealed_name as "sealedName", media_type as "mediaType", size_bytes::float8 as "sizeBytes",
  received_bytes::float8 as "receivedBytes", ${objectsOf('uploads')} as objects`

/** Seals the name of an upload. */
export function sealUploadName(messageKey: Buffer, uploadId: string, name: string): Buffer {
  return sealBytes(messageKey, `upload:${uploadId}`, Buffer.from(name, 'utf8'))
}

export function uploadName(messageKey: Buffer, { id, sealedName }: Pick<UploadRow, 'id' | 'sealedName'>): string {
  return openBytes(messageKey, `upload:${id}`, sealedName).toString('utf8')
}

/** The uploads of a draft, in the order in which they were begun. */
export async function findUploads(db: Queryable, draftId: string): Promise<UploadRow[]> {
  const { rows } = await db.query<UploadRow>(
    `select ${columns} from uploads where draft_id = $1 order by created_at, id`,
    [draftId],
  )
  return rows
}

export async function findUpload(db: Queryable, id: string, draftId: string): Promise<UploadRow | null> {
  const { rows } = await db.query<UploadRow>(`select ${columns} from uploads where id = $1 and draft_id = $2`, [
    id,
    draftId,
  ])
  return rows[0] ?? null
}

export async function insertUpload(
  db: Queryable,
  upload: Pick<UploadRow, 'id' | 'draftId' | 'sealedName' | 'mediaType' | 'sizeBytes'>,
): Promise<void> {
  await db.query(
    'insert into uploads (id, draft_id, sealed_name, media_type, size_bytes) values ($1, $2, $3, $4, $5)',
    [upload.id, upload.draftId, upload.sealedName, upload.mediaType, upload.sizeBytes],
  )
}

/**
 * Adds a piece that has been stored, unless the upload has moved on from where the piece begins: of two requests that
 * bring the same bytes, one counts. False where this one does not.
 */
export async function addPiece(db: Queryable, id: string, at: number, piece: StoredObject): Promise<boolean> {
  const { rowCount } = await db.query(
    `with received as (
       update uploads set received_bytes = received_bytes + $4
       where id = $1 and received_bytes = $2 and received_bytes + $4 <= size_bytes returning id)
     insert into objects (key, upload_id, position, size_bytes)
     select $3, id, (select coalesce(max(position) + 1, 1) from objects where upload_id = $1), $4 from received`,
    [id, at, piece.key, piece.sizeBytes],
  )
  return rowCount === 1
}

/** The upload is what has been received of it: for one whose size nobody announced. */
export async function endUpload(db: Queryable, id: string): Promise<void> {
  await db.query('update uploads set size_bytes = received_bytes where id = $1', [id])
}

/** The uploads of drafts: how many, and how many bytes they will have once they are whole. */
export interface UploadSums {
  /** Of one draft. */
  count: number
  bytes: number
  /** Of all drafts of its account. */
  bytesOfAll: number
}

/** Counts the uploads of a draft, and the bytes that its account has in drafts. */
export async function sumUploads(db: Queryable, draftId: string, accountId: string): Promise<UploadSums> {
  const { rows } = await db.query<UploadSums>(
    `select count(*) filter (where draft_id = $1)::integer as count,
       coalesce(sum(size_bytes) filter (where draft_id = $1), 0)::float8 as bytes,
       coalesce(sum(size_bytes), 0)::float8 as "bytesOfAll"
     from uploads join drafts on drafts.id = draft_id where account_id = $2`,
    [draftId, accountId],
  )
  return rows[0]!
}

/** Forgets an upload; upkeep removes what was stored of it. False where it was gone. */
export async function deleteUpload(db: Queryable, id: string, draftId: string): Promise<boolean> {
  const { rowCount } = await db.query('delete from uploads where id = $1 and draft_id = $2', [id, draftId])
  return rowCount === 1
}
