import type { Queryable } from './database.ts'

/**
 * Chains up to `most` entries of the audit in one transaction. Returns how many; null if another node is chaining. Entries
 * that are committed meanwhile wait for nothing.
 */
export async function chainAudit(db: Queryable, most: number): Promise<number | null> {
  const { rows } = await db.query<{ chained: number | null }>(
    'select chain_audit($1) as chained',
    [most],
    'chain-audit',
  )
  return rows[0]!.chained
}

/** The seconds since the oldest entry that is not chained was written; 0 if all are chained. */
export async function findChainLag(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ seconds: number }>(
    `select extract(epoch from now() - at)::float8 as seconds
     from audit_unchained join audit_entries on id = entry_id order by entry_id limit 1`,
    [],
    'find-chain-lag',
  )
  return rows[0]?.seconds ?? 0
}

/** Entries that are not chained yet. */
export interface Unchained {
  count: number
  /** When the oldest one was written; null if all are chained. */
  oldest: Date | null
  /** The ids of entries that are not there any more. */
  removed: number[]
}

/** Finds the entries that wait to be chained. */
export async function findUnchained(db: Queryable): Promise<Unchained> {
  const { rows } = await db.query<Unchained>(
    `select count(id)::integer as count, min(at) as oldest,
       coalesce(array_agg(entry_id::float8 order by entry_id) filter (where id is null), '{}') as removed
     from audit_unchained left join audit_entries on id = entry_id`,
  )
  return rows[0]!
}

/**
 * The ids of entries that are neither chained nor wait to be, among those from `afterId` up to `upToId`: Kuvert leaves none
 * like that.
 */
export async function findLeftOut(db: Queryable, afterId: number, upToId: number): Promise<number[]> {
  const { rows } = await db.query<{ id: number }>(
    `select id::float8 as id from audit_entries
     where id > $1 and id <= $2 and not exists (select from audit_chain where entry_id = id)
       and not exists (select from audit_unchained where entry_id = id)
     order by audit_entries.id`,
    [afterId, upToId],
  )
  return rows.map(row => row.id)
}

/** The highest id of an entry; 0 if there are none. */
export async function findLastEntryId(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ last: number }>('select coalesce(max(id), 0)::float8 as last from audit_entries')
  return rows[0]!.last
}
