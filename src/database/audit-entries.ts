import type { Queryable } from './database.ts'

/** An entry of the audit, with its place in the chain. */
export interface AuditEntry {
  id: number
  /** UTC, to the microsecond. */
  at: string
  action: string
  /** As `AuditActor` (#database/audit.ts), with ids of `persons` for names. */
  actor: string | null
  messageId: string | null
  fileId: string | null
  address: string | null
  details: Record<string, unknown>
  /** 1, 2, 3 … in the chain; null if the entry is not chained yet, as are both hashes then. */
  position: number | null
  /** Lower-case hex, as `hash`; of the first entry, zeros. */
  previousHash: string | null
  hash: string | null
}

/** A place in the chain, and its entry: null if that is not there, or not of the period. */
export interface ChainedEntry {
  position: number
  entry: AuditEntry | null
}

/** A stretch of time, half open. */
export interface AuditPeriod {
  from?: Date | undefined
  to?: Date | undefined
}

const columns = `audit_entries.id::float8 as id,
  to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, action, actor,
  message_id as "messageId", file_id as "fileId", address, details, position::float8 as position,
  encode(previous_hash, 'hex') as "previousHash", encode(hash, 'hex') as hash`
const isOfPeriod = (from: string, to: string) =>
  `(${from}::timestamptz is null or at >= ${from}) and (${to}::timestamptz is null or at < ${to})`

/** The `limit` places of the chain after this one (0 is before the first), in their order. */
export async function findChained(
  db: Queryable,
  afterPosition: number,
  limit: number,
  { from, to }: AuditPeriod = {},
): Promise<ChainedEntry[]> {
  // Each entry by its id: with the limit, the planner does not read the whole table for them.
  const { rows } = await db.query<{ position: number } & (AuditEntry | { id: null })>(
    `select ${columns} from (select * from audit_chain where position > $1 order by position limit $2) as chained
     left join lateral (
       select * from audit_entries where id = entry_id and ${isOfPeriod('$3', '$4')} limit 1) as audit_entries on true
     order by chained.position`,
    [afterPosition, limit, from ?? null, to ?? null],
  )
  return rows.map(row => ({ position: row.position, entry: row.id === null ? null : row }))
}

/** Up to `limit` entries by id, after this one, that are not chained, or only after this position. */
export async function findUnchainedEntries(
  db: Queryable,
  { afterPosition, afterId }: { afterPosition: number; afterId: number },
  limit: number,
  { from, to }: AuditPeriod = {},
): Promise<AuditEntry[]> {
  const { rows } = await db.query<AuditEntry>(
    `select ${columns} from (
       select entry_id from audit_unchained union select entry_id from audit_chain where position > $1) as wanted
     join audit_entries on id = wanted.entry_id left join audit_chain on audit_chain.entry_id = id
     where id > $2 and ${isOfPeriod('$4', '$5')} order by audit_entries.id limit $3`,
    [afterPosition, afterId, limit, from ?? null, to ?? null],
  )
  return rows
}

/** A row of `persons`. */
export interface Person {
  id: string
  kind: string
  name: string
  salt: Buffer
}

/** Up to `limit` persons after this id ('' is before the first). */
export async function findPersons(db: Queryable, afterId: string, limit: number): Promise<Person[]> {
  const { rows } = await db.query<Person>(
    'select id, kind, name, salt from persons where id > $1 order by id limit $2',
    [afterId, limit],
  )
  return rows
}

/** The names of those of these persons who have not been deleted, by id. */
export async function findNames(db: Queryable, personIds: string[]): Promise<Map<string, string>> {
  const { rows } = await db.query<Person>('select id, name from persons where id = any($1)', [personIds])
  return new Map(rows.map(({ id, name }) => [id, name]))
}
