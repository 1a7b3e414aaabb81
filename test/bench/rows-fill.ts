import type { Database } from '#database/database.ts'

const batch = 100_000

/**
 * Adds stored messages to a database that has one of everything: copies of those rows, each with a key of its own, as
 * they would be after a year. One message in twelve can still be opened; the others have ended and their objects are gone.
 * Every copy has been delivered. What is not named here is as in the row that is copied, so that columns may come and go.
 */
export async function fillRows(db: Database, messages: number): Promise<void> {
  const indexes = await dropIndexes(db)
  // It would give the rows ids of its own.
  await db.query('alter table audit_entries disable trigger audit_entries_are_entered')
  for (const [table, changes] of Object.entries(copies)) {
    const statement = await copyStatement(db, table, changes)
    for (let first = 0; first < messages; first += batch) {
      await db.transaction(async tx => {
        // No foreign key is looked up: the rows are made to fit.
        await tx.query('set local session_replication_role = replica')
        await tx.query(statement, [first + 1, Math.min(first + batch, messages)])
      })
    }
  }
  await db.query('alter table audit_entries enable always trigger audit_entries_are_entered')
  for (const statement of indexes) await db.query(statement)
  await db.query('vacuum (analyze)')
}

/** Drops those that hold no constraint, which are made much faster afterwards; returns the statements that make them. */
async function dropIndexes(db: Database): Promise<string[]> {
  const { rows } = await db.query<{ name: string; statement: string }>(
    `select indexname as name, indexdef as statement from pg_indexes
     where schemaname = current_schema() and tablename = any($1)
       and indexname not in (select conname from pg_constraint)`,
    [Object.keys(copies)],
  )
  for (const { name } of rows) await db.query(`drop index ${name}`)
  return rows.map(({ statement }) => statement)
}

async function copyStatement(db: Database, table: string, changes: Record<string, string>): Promise<string> {
  const { rows } = await db.query<{ name: string }>(
    'select column_name as name from information_schema.columns where table_schema = current_schema() and table_name = $1',
    [table],
  )
  const names = rows.map(({ name }) => name)
  const values = names.map(name => changes[name] ?? `one.${name}`)
  return `insert into ${table} (${names.join(', ')}) select ${values.join(', ')}
    from (select * from ${table} limit 1) as one, generate_series($1::bigint, $2::bigint) as n`
}

/** Keys that can be told from the number: no row has to be looked up. */
const key = (what: string) => `md5('${what} ' || n)::uuid`
const created = `now() - n % 365 * interval '1 day'`
const ended = `case when n % 12 > 0 then now() - interval '1 day' end`

const copies: Record<string, Record<string, string>> = {
  messages: {
    id: key('message'),
    created_at: created,
    expires_at: `case when n % 12 > 0 then now() - interval '1 day' else now() + interval '20 days' end`,
    ended_at: ended,
    objects_removed_at: ended,
    reminded_at: 'now()',
    slim_object_key: `md5('slim ' || n)`,
    wrapped_key: 'case when n % 12 = 0 then one.wrapped_key end',
  },
  files: {
    id: key('file'),
    message_id: key('message'),
  },
  objects: { key: `md5('object ' || n)`, file_id: key('file') },
  links: {
    id: key('link'),
    message_id: key('message'),
    recipient: `'person' || n || '@kommun.example'`,
    recipient_key: `'person' || n || '@kommun.example'`,
    token_hash: `sha256(('token ' || n)::bytea)`,
    same_mail: `sha256(('mail ' || n)::bytea)`,
  },
  deliveries: { id: key('delivery'), link_id: key('link'), created_at: created, settled_at: created },
  counts: { file_id: key('file'), person_link: key('link') },
  downloads: {
    id: key('download'),
    file_id: key('file'),
    link_id: key('link'),
    asked_at: created,
    ends_at: created,
    first_byte_at: created,
    finished_at: created,
  },
  // Beyond all that the first mails have entered; the chain goes on behind the last.
  audit_entries: { id: '1000000000 + n', message_id: key('message') },
  audit_chain: { position: '1000 + n', entry_id: '1000000000 + n' },
}
