import type { Queryable } from '#database/database.ts'
import type { StoredFile } from '#model.ts'

/** A file as its row has it. */
export type FileRow = Omit<StoredFile, 'objects'> & { objectKeys: string[]; objectSizes: number[] }

export const fileColumns = `id, kind, position, name, media_type as "mediaType", still_encoded as "stillEncoded",
  size_bytes::float8 as "sizeBytes", sha256, object_keys as "objectKeys", object_sizes::float8[] as "objectSizes"`

/** How files are written, by a statement that may write more. As JSON: for arrays, PostgreSQL would plan anew each time, by how long they are. */
export const fileRows = {
  insert: (messageId: string, rows: string) =>
    `insert into files (message_id, id, position, kind, name, media_type, still_encoded, size_bytes, sha256, object_keys, object_sizes)
     select ${messageId}, id, position, kind, name, "mediaType", "stillEncoded", "sizeBytes", sha256, keys, sizes
     from jsonb_to_recordset(${rows}::jsonb) as file (id uuid, position integer, kind text, name text, "mediaType" text,
       "stillEncoded" boolean, "sizeBytes" bigint, sha256 text, keys text[], sizes bigint[])`,
  values: (files: StoredFile[]) =>
    JSON.stringify(
      files.map(({ objects, ...file }) => ({
        ...file,
        keys: objects.map(object => object.key),
        sizes: objects.map(object => object.sizeBytes),
      })),
    ),
}

/** The files of a message, in the order of the mail. */
export async function findFiles(db: Queryable, messageId: string): Promise<StoredFile[]> {
  const { rows } = await db.query<FileRow>(
    `select ${fileColumns} from files where message_id = $1 order by position`,
    [messageId],
    'find-files',
  )
  return rows.map(toFile)
}

export function toFile({ objectKeys, objectSizes, ...file }: FileRow): StoredFile {
  return { ...file, objects: objectKeys.map((key, index) => ({ key, sizeBytes: objectSizes[index]! })) }
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
