import { readdir, readFile } from 'node:fs/promises'
import type { Database } from '#database/database.ts'

const folder = new URL('migrations/', import.meta.url)
/** Any number, the same in every version: two nodes that start together migrate one after the other. */
const advisoryLock = 7_205_119

/**
 * Brings the schema up to date, in order, in one transaction. Returns the names of the migrations it ran.
 * Throws when the database knows a migration that this version does not: it belongs to a newer Kuvert.
 */
export async function migrate(db: Database): Promise<string[]> {
  const known = (await readdir(folder)).filter(name => name.endsWith('.sql')).toSorted()
  return db.transaction(async tx => {
    await tx.query('select pg_advisory_xact_lock($1)', [advisoryLock])
    await tx.query(
      'create table if not exists migrations (name text primary key, applied_at timestamptz not null default now())',
    )
    const applied = (await tx.query<{ name: string }>('select name from migrations order by name')).rows.map(
      row => row.name,
    )
    const newer = applied.filter(name => !known.includes(name))
    if (newer.length > 0) {
      throw new Error(
        `The database has been migrated by a newer version of Kuvert (${newer.join(', ')}). Start that version.`,
      )
    }
    const missing = known.filter(name => !applied.includes(name))
    for (const name of missing) {
      await tx.query('insert into migrations (name) values ($1)', [name])
      await tx.query(await readFile(new URL(name, folder), 'utf8'))
    }
    return missing
  })
}
