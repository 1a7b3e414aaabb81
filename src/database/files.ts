import { openBytes, sealBytes } from '#crypto/seal-bytes.ts'
import type { Queryable } from './database.ts'
import { objectsOf } from './objects.ts'
import type { StoredFile } from '#model.ts'

/**
 * A file as its row has it: what would give its content away is sealed with the message's key, and goes with that. The
 * name stands beside it only if the message is not private, for pages of messages that have ended.
 */
export type FileRow = Omit<StoredFile, 'name' | 'sha256' | 'crc32'> & {
  name: string | null
  /** Base64 of the sealed `Facts`. */
  sealed: string
}

type Facts = Pick<StoredFile, 'name' | 'sha256' | 'crc32'>

export const fileColumns = `id, kind, position, name, media_type as "mediaType", still_encoded as "stillEncoded",
  size_bytes::float8 as "sizeBytes", encode(sealed, 'base64') as sealed, ${objectsOf('files')} as objects`

/** How files are written, by a statement that may write more, and that writes `objectRows` too. As JSON: for arrays, PostgreSQL would plan anew each time, by how long they are. */
export const fileRows = {
  insert: (messageId: string, rows: string) =>
    `insert into files (message_id, id, position, kind, name, media_type, still_encoded, size_bytes, sealed)
     select ${messageId}, id, position, kind, name, "mediaType", "stillEncoded", "sizeBytes", decode(sealed, 'base64')
     from jsonb_to_recordset(${rows}::jsonb) as file (id uuid, position integer, kind text, name text, "mediaType" text,
       "stillEncoded" boolean, "sizeBytes" bigint, sealed text)`,
  values: (files: FileRow[]) => JSON.stringify(files),
}

/** The row of a file of a message with this key. */
export function sealFile(messageKey: Buffer, file: StoredFile, isPrivate: boolean): FileRow {
  const { name, sha256, crc32, ...rest } = file
  const facts: Facts = { name, sha256, crc32 }
  return {
    ...rest,
    name: isPrivate ? null : name,
    sealed: sealBytes(messageKey, `file:${file.id}`, Buffer.from(JSON.stringify(facts))).toString('base64'),
  }
}

/** Files as they were sealed with the message's key. Throws an Error where one was not, or was changed since. */
export function openFiles(messageKey: Buffer, rows: FileRow[]): StoredFile[] {
  return rows.map(({ sealed, ...row }) => {
    const bytes = openBytes(messageKey, `file:${row.id}`, Buffer.from(sealed, 'base64'))
    const facts = JSON.parse(bytes.toString('utf8')) as Facts
    return { ...row, ...facts }
  })
}

/** The files of a message, in the order of the mail. */
export async function findFiles(db: Queryable, messageId: string): Promise<FileRow[]> {
  const { rows } = await db.query<FileRow>(
    `select ${fileColumns} from files where message_id = $1 order by position`,
    [messageId],
    'find-files',
  )
  return rows
}
