import type { Queryable } from './database.ts'

/** A key by its kind, as in the settings, and its id. */
export interface NeededKey {
  kind: 'master' | 'link'
  id: string
}

/** The ids of the keys of each kind. */
export type KeyIds = Record<NeededKey['kind'], string[]>

/** Rows of messages that can still be opened. */
const live = 'wrapped_key is not null'
/** Rows of notices whose mail is sealed, and waits. One that is written when it is sent names no key. */
const waiting = `state = 'queued' and link_key_id is not null`

/**
 * The keys that live messages, their links, drafts and queued notices need, other than these. Quick, however many there
 * are.
 */
export async function findUnknownKeys(db: Queryable, known: KeyIds): Promise<NeededKey[]> {
  // Links are looked at one by one, from the time of the oldest live message on: a join might read all of them.
  const { rows } = await db.query<NeededKey>(
    `with recursive ${each('master_keys', 'key_id', `messages where ${live}`)},
       ${each('message_keys', 'link_key_id', `messages where ${live}`)},
       ${each('link_keys', 'link_key_id', 'links where true')},
       ${each('notice_keys', 'link_key_id', `notices where ${waiting}`)},
       oldest (at) as materialized (
         select min((select min(created_at) from messages where ${live} and link_key_id = message_keys.id))
         from message_keys),
       needed (kind, id) as (
         select 'master', id from master_keys
         union select 'master', key_id from drafts
         union select 'link', id from message_keys
         union select 'link', id from notice_keys
         union select 'link', id from link_keys where id <> all ($2) and (
           select true from links
           where link_key_id = link_keys.id and created_at >= (select at from oldest)
             and (select ${live} from messages where messages.id = message_id)
           order by created_at limit 1))
     select kind, id from needed where id <> all (case kind when 'master' then $1 else $2 end)
     order by kind desc, id`,
    [known.master, known.link],
  )
  return rows
}

/**
 * For `with recursive`: each key in this column of `rows`, which ends with a condition. One step in the index for each key,
 * instead of one for each row. A last row is null.
 */
function each(name: string, column: string, rows: string): string {
  return `${name} (id) as (
    (select ${column} from ${rows} order by ${column} limit 1)
    union all
    select (select ${column} from ${rows} and ${column} > ${name}.id order by ${column} limit 1)
    from ${name} where ${name}.id is not null)`
}

/** How many messages, and how many drafts, are sealed with this master key. */
export async function countSealedWith(
  db: Queryable,
  masterKeyId: string,
): Promise<{ messages: number; drafts: number }> {
  const { rows } = await db.query<{ messages: number; drafts: number }>(
    `select (select count(*)::integer from messages where ${live} and key_id = $1) as messages,
       (select count(*)::integer from drafts where key_id = $1) as drafts`,
    [masterKeyId],
  )
  return rows[0]!
}

/** How many live messages, links of live messages and queued notices were made with this link key. */
export async function countMadeWith(
  db: Queryable,
  linkKeyId: string,
): Promise<{ messages: number; links: number; notices: number }> {
  const { rows } = await db.query<{ messages: number; links: number; notices: number }>(
    `select (select count(*)::integer from messages where ${live} and link_key_id = $1) as messages,
       (select count(*)::integer from links
        where link_key_id = $1 and (select ${live} from messages where messages.id = message_id)) as links,
       (select count(*)::integer from notices where ${waiting} and link_key_id = $1) as notices`,
    [linkKeyId],
  )
  return rows[0]!
}
