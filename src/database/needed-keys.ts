import type { Queryable } from '#database/database.ts'

/** The ids of master keys that messages and drafts are sealed with, other than these. Quick, however many there are. */
export async function findUnknownKeys(db: Queryable, knownIds: string[]): Promise<string[]> {
  // One step in the index for each key, instead of one for each message.
  const { rows } = await db.query<{ id: string }>(
    `with recursive used (id) as (
       (select key_id from messages where wrapped_key is not null order by key_id limit 1)
       union all
       select (
         select key_id from messages where wrapped_key is not null and key_id > used.id order by key_id limit 1)
       from used where used.id is not null)
     select id from used where id <> all ($1) union select key_id from drafts where key_id <> all ($1) order by id`,
    [knownIds],
  )
  return rows.map(({ id }) => id)
}

/** How many messages, and how many drafts, are sealed with each of these master keys. */
export async function countSealedWith(
  db: Queryable,
  keyIds: string[],
): Promise<Map<string, { messages: number; drafts: number }>> {
  const { rows } = await db.query<{ id: string; messages: number; drafts: number }>(
    `select wanted.id,
       (select count(*)::integer from messages where wrapped_key is not null and key_id = wanted.id) as messages,
       (select count(*)::integer from drafts where key_id = wanted.id) as drafts
     from unnest($1::text[]) as wanted (id)`,
    [keyIds],
  )
  return new Map(rows.map(({ id, ...counts }) => [id, counts]))
}
