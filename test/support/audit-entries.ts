import { chainAudit } from '#database/audit-chain.ts'
import type { AuditEntry } from '#database/audit-entries.ts'
import type { Queryable } from '#database/database.ts'

/** An entry as its writer gave it, with the names of people; how it is chained is of no concern. */
export type NamedEntry = Omit<AuditEntry, 'position' | 'previousHash' | 'hash'>

/** The entries after this id, by id, with the names of all people who have not been deleted in place of their ids. */
export async function auditEntries(db: Queryable, afterId = 0): Promise<NamedEntry[]> {
  const { rows: persons } = await db.query<{ id: string; name: string }>('select id, name from persons')
  const names = new Map(persons.map(({ id, name }) => [id, name]))
  const { rows } = await db.query<NamedEntry>(
    `select id::float8 as id, at::text as at, action, actor, message_id as "messageId", file_id as "fileId", address, details
     from audit_entries where id > $1 order by audit_entries.id`,
    [afterId],
  )
  const withNames = (_name: string, value: unknown) =>
    typeof value === 'string' ? value.replace(/\b[\da-f]{32}\b/, id => names.get(id) ?? id) : value
  return rows.map(row => JSON.parse(JSON.stringify(row), withNames) as NamedEntry)
}

/** Chains all entries, as a node does once a second. */
export async function chainAll(db: Queryable): Promise<void> {
  for (let left: number | null = 1; left !== 0;) left = await chainAudit(db, 1000)
}

/** Lets all entries be of so many seconds ago. */
export async function ageEntries(db: Queryable, seconds: number): Promise<void> {
  await db.query('alter table audit_entries disable trigger user')
  await db.query('update audit_entries set at = now() - make_interval(secs => $1)', [seconds])
  await db.query('alter table audit_entries enable always trigger audit_entries_are_kept')
  await db.query('alter table audit_entries enable always trigger audit_entries_are_entered')
}
