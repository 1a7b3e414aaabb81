import { readdir, readFile } from 'node:fs/promises'
import { openDatabase, type Database, type Queryable } from './database.ts'

const folder = new URL('migrations/', import.meta.url)
/** Each database that was migrated has this one, but for those of development versions. */
const first = '0001-schema.sql'
/** Any number, the same in every version: two nodes that start together migrate one after the other. */
const advisoryLock = 7_205_119
/** For the node before us, and for tables that are in use. While a migration waits for a table, others wait behind it. */
const longestLockSeconds = 20
/** A large table may take long to be rewritten; nothing is gained by breaking that off and beginning again. */
const migrationSeconds = 6 * 3600

/** Why the database cannot be brought up to date: a sentence for the admin. */
export class SchemaError extends Error {
  /** Whether trying again later will do. */
  readonly again: boolean
  constructor(sentence: string, { again, cause }: { again: boolean; cause?: unknown }) {
    super(sentence, { cause })
    this.name = 'SchemaError'
    this.again = again
  }
}

/** Brings the schema of this database up to date over a connection of its own, as `migrate` does. */
export async function migrateAt(
  { url, timeoutSeconds }: { url: string; timeoutSeconds: number },
  onError: (error: Error) => void,
): Promise<string[]> {
  const settings = { url, maxConnections: 1, timeoutSeconds, statementSeconds: migrationSeconds }
  const db = openDatabase(settings, onError)
  try {
    return await migrate(db)
  } finally {
    await db.close()
  }
}

/**
 * Brings the schema up to date, in order, in one transaction. Returns the names of the migrations it ran.
 * Throws a `SchemaError` when the database knows a migration that this version does not, since it belongs to a newer
 * Kuvert, or to a development version of before the first release; when the user may not change the schema and it must be changed, or may not read it; and, to be tried again,
 * when somebody else has locked what it needs.
 */
export async function migrate(db: Database, lockSeconds = longestLockSeconds): Promise<string[]> {
  const known = await knownMigrations()
  try {
    return await db.transaction(async tx => {
      await tx.query(`set local lock_timeout = '${lockSeconds}s'`)
      await tx.query('select pg_advisory_xact_lock($1)', [advisoryLock])
      // Only if it is not there: a user who may not create tables is refused even if there is nothing to create.
      if (!(await isMigrated(tx))) {
        await tx.query('create table migrations (name text primary key, applied_at timestamptz not null default now())')
      }
      const applied = await appliedMigrations(tx)
      if (applied.length > 0 && !applied.includes(first)) throw neverReleased()
      const newer = applied.filter(name => !known.includes(name))
      if (newer.length > 0) throw tooNew(newer)
      const missing = known.filter(name => !applied.includes(name))
      for (const name of missing) {
        await tx.query('insert into migrations (name) values ($1)', [name])
        await tx.query(await readFile(new URL(name, folder), 'utf8'))
      }
      return missing
    })
  } catch (error) {
    if (hasCode(error, lockNotAvailable)) throw inUse(lockSeconds, error)
    throw hasCode(error, insufficientPrivilege) ? notAllowed(error) : error
  }
}

/** How the schema of the database stands to this version: `behind` it, `newer`, or as it must be. */
export async function compareSchema(db: Queryable): Promise<'ok' | 'behind' | 'newer'> {
  const known = await knownMigrations()
  const applied = (await isMigrated(db)) ? await appliedMigrations(db) : []
  if (known.some(name => !applied.includes(name))) return 'behind'
  return applied.length > known.length ? 'newer' : 'ok'
}

/** Whether a migration has been run on this database at all. */
async function isMigrated(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ there: boolean }>(`select to_regclass('migrations') is not null as there`)
  return rows[0]!.there
}

async function knownMigrations(): Promise<string[]> {
  return (await readdir(folder)).filter(name => name.endsWith('.sql')).toSorted()
}

async function appliedMigrations(db: Queryable): Promise<string[]> {
  return (await db.query<{ name: string }>('select name from migrations order by name')).rows.map(row => row.name)
}

function neverReleased(): SchemaError {
  return new SchemaError(
    'The database was made by a version of Kuvert that was never released, and this version needs an empty one. Nothing was changed.',
    { again: false },
  )
}

function tooNew(newer: string[]): SchemaError {
  const names = newer.join(', ')
  return new SchemaError(
    `The database has been migrated by a newer version of Kuvert (${names}). Start that version. Nothing was changed.`,
    { again: false },
  )
}

function inUse(lockSeconds: number, cause: unknown): SchemaError {
  return new SchemaError(
    `The database could not be migrated: for ${lockSeconds} seconds somebody else has been migrating it, or using a table that is to be changed. Nothing was changed.`,
    { again: true, cause },
  )
}

function notAllowed(cause: Error): SchemaError {
  return new SchemaError(
    `The database user of this configuration may not do what is needed: ${cause.message}. ` +
      'Run "kuvert migrate" as the owner of the schema, and then the grants of docs/audit.md. Nothing was changed.',
    { again: false, cause },
  )
}

/** SQLSTATEs (PostgreSQL's manual, appendix A). */
const lockNotAvailable = '55P03'
const insufficientPrivilege = '42501'

function hasCode(error: unknown, code: string): error is Error {
  return error instanceof Error && 'code' in error && error.code === code
}
