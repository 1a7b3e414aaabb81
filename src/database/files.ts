import type { Queryable } from '#database/database.ts'
import type { StoredFile, StoredObject } from '#model.ts'

/** What a file is stored in, as its row has it. */
interface ObjectColumns {
  objectKeys: string[]
  objectSizes: number[]
}

export async function insertFiles(db: Queryable, messageId: string, files: StoredFile[]): Promise<void> {
  if (files.length === 0) return
  const objects = files.map(file => file.objects)
  await db.query(
    `insert into files (message_id, id, position, kind, name, media_type, still_encoded, size_bytes, sha256, object_keys, object_sizes)
     select $1, id, position, kind, name, media_type, still_encoded, size_bytes, sha256, object_keys::text[], object_sizes::bigint[]
     from unnest($2::uuid[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::bigint[], $9::text[],
       $10::text[], $11::text[])
       as file (id, position, kind, name, media_type, still_encoded, size_bytes, sha256, object_keys, object_sizes)`,
    [
      messageId,
      files.map(file => file.id),
      files.map(file => file.position),
      files.map(file => file.kind),
      files.map(file => file.name),
      files.map(file => file.mediaType),
      files.map(file => file.stillEncoded),
      files.map(file => file.sizeBytes),
      files.map(file => file.sha256),
      objects.map(each => listOf(each.map(object => object.key))),
      objects.map(each => listOf(each.map(object => object.sizeBytes))),
    ],
    'insert-files',
  )
}

/** An array as PostgreSQL writes it; keys of objects need no quotes. Arrays of different lengths make no table. */
function listOf(values: (string | number)[]): string {
  return `{${values.join(',')}}`
}

/** The files of a message, in the order of the mail. */
export async function findFiles(db: Queryable, messageId: string): Promise<StoredFile[]> {
  const { rows } = await db.query<Omit<StoredFile, 'objects'> & ObjectColumns>(
    `select id, kind, position, name, media_type as "mediaType", still_encoded as "stillEncoded",
       size_bytes::float8 as "sizeBytes", sha256, object_keys as "objectKeys", object_sizes::float8[] as "objectSizes"
     from files where message_id = $1 order by position`,
    [messageId],
    'find-files',
  )
  return rows.map(({ objectKeys, objectSizes, ...file }) => ({ ...file, objects: pairUp(objectKeys, objectSizes) }))
}

/** The CRC-32 of those of these files of which it was noted, by file. */
export async function findChecksums(db: Queryable, fileIds: string[]): Promise<Map<string, number>> {
  const { rows } = await db.query<{ id: string; crc32: number }>(
    'select id, crc32::float8 as crc32 from files where id = any($1) and crc32 is not null',
    [fileIds],
  )
  return new Map(rows.map(row => [row.id, row.crc32]))
}

/** Notes the CRC-32 of a file, which somebody has read whole. */
export async function noteChecksum(db: Queryable, fileId: string, crc32: number): Promise<void> {
  await db.query('update files set crc32 = $2 where id = $1', [fileId, crc32])
}

function pairUp(keys: string[], sizes: number[]): StoredObject[] {
  return keys.map((key, index) => ({ key, sizeBytes: sizes[index]! }))
}
