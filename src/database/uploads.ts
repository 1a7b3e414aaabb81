import type { Queryable } from './database.ts'
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

interface Columns extends Omit<UploadRow, 'objects'> {
  objectKeys: string[]
  objectSizes: number[]
}

const columns = `id, draft_id as "draftId", sealed_name as "sealedName", media_type as "mediaType", size_bytes::float8 as "sizeBytes",
  received_bytes::float8 as "receivedBytes", object_keys as "objectKeys", object_sizes::float8[] as "objectSizes"`

/** Seals the name of an upload. */
export function sealUploadName(messageKey: Buffer, uploadId: string, name: string): Buffer {
  return sealBytes(messageKey, `upload:${uploadId}`, Buffer.from(name, 'utf8'))
}

export function uploadName(messageKey: Buffer, { id, sealedName }: Pick<UploadRow, 'id' | 'sealedName'>): string {
  return openBytes(messageKey, `upload:${id}`, sealedName).toString('utf8')
}

/** The uploads of a draft, in the order in which they were begun. */
export async function findUploads(db: Queryable, draftId: string): Promise<UploadRow[]> {
  const { rows } = await db.query<Columns>(
    `select ${columns} from uploads where draft_id = $1 order by created_at, id`,
    [draftId],
  )
  return rows.map(withObjects)
}

export async function findUpload(db: Queryable, id: string, draftId: string): Promise<UploadRow | null> {
  const { rows } = await db.query<Columns>(`select ${columns} from uploads where id = $1 and draft_id = $2`, [
    id,
    draftId,
  ])
  return rows[0] ? withObjects(rows[0]) : null
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
    `update uploads set received_bytes = received_bytes + $4, object_keys = object_keys || $3::text,
       object_sizes = object_sizes || $4::bigint
     where id = $1 and received_bytes = $2 and received_bytes + $4 <= size_bytes`,
    [id, at, piece.key, piece.sizeBytes],
  )
  return rowCount === 1
}

/** The upload is what has been received of it: for one whose size nobody announced. */
export async function endUpload(db: Queryable, id: string): Promise<void> {
  await db.query('update uploads set size_bytes = received_bytes where id = $1', [id])
}

/** The bytes that the files of all drafts of an account have, or will have once they are whole. */
export async function draftsBytes(db: Queryable, accountId: string): Promise<number> {
  const { rows } = await db.query<{ bytes: number }>(
    `select coalesce(sum(size_bytes), 0)::float8 as bytes from uploads join drafts on drafts.id = draft_id
     where account_id = $1`,
    [accountId],
  )
  return rows[0]!.bytes
}

/** Forgets an upload; upkeep removes what was stored of it. False where it was gone. */
export async function deleteUpload(db: Queryable, id: string, draftId: string): Promise<boolean> {
  const { rowCount } = await db.query('delete from uploads where id = $1 and draft_id = $2', [id, draftId])
  return rowCount === 1
}

function withObjects({ objectKeys, objectSizes, ...upload }: Columns): UploadRow {
  return { ...upload, objects: objectKeys.map((key, index) => ({ key, sizeBytes: objectSizes[index]! })) }
}
