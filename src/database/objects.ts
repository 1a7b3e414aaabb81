import type { Queryable } from './database.ts'

/** In a list of columns: what a file or an upload is stored in, as `StoredObject[]`, in order. */
export function objectsOf(owner: 'files' | 'uploads'): string {
  const column = owner === 'files' ? 'file_id' : 'upload_id'
  return `(select coalesce(jsonb_agg(jsonb_build_object('key', key, 'sizeBytes', size_bytes) order by position), '[]')
    from objects where ${column} = ${owner}.id)`
}

/**
 * How the objects of new files are written, by a statement that may write more; `rows` as in `fileRows`. Those of an upload
 * become those of the file that has its id. An object that is another file's makes the row belong to nobody, which the
 * table refuses.
 */
export const objectRows = {
  insert: (rows: string) =>
    `insert into objects (key, file_id, position, size_bytes)
     select key, id, place, size
     from jsonb_to_recordset(${rows}::jsonb) as file (id uuid, objects jsonb),
       rows from (jsonb_to_recordset(objects) as (key text, "sizeBytes" bigint)) with ordinality as object (key, size, place)
     on conflict (key) do update set upload_id = null,
       file_id = case when objects.upload_id = excluded.file_id then excluded.file_id end`,
}

/** Of these object keys, those that nothing points to: no message that has not ended, and no upload to a draft. */
export async function findDeadObjectKeys(db: Queryable, keys: string[]): Promise<string[]> {
  const { rows } = await db.query<{ key: string }>(
    `select key from unnest($1::text[]) as asked (key)
     where not exists (
       select from objects left join files on files.id = file_id left join messages on messages.id = message_id
       where objects.key = asked.key and ended_at is null)
     and not exists (
       select from messages where slim_object_key = asked.key and slim_sealed is null and ended_at is null)`,
    [keys],
  )
  return rows.map(row => row.key)
}
