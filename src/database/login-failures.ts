import { randomUUID } from 'node:crypto'
import type { Database, Queryable } from './database.ts'

/** Something that logins are counted by, and how many may fail within the window. */
export interface LoginLimit {
  /** A door, and whom or what it counts: `smtp account:<login>`, `portal id:<account's id> address:<ip>`, `smtp address:<ip>`. */
  key: string
  max: number
}

/** An attempt that may go on, or how long to wait. */
export type LoginAttempt = { attempt: string } | { waitMinutes: number }

/**
 * Begins a login: counts it as failed under every key, unless one of them has failed too often within the
 * window. It is counted before the directory is asked, so that a thousand attempts at the same instant
 * are no more than a thousand in a row. Settle it with `settleLoginAttempt` where it did not fail.
 */
export async function beginLoginAttempt(
  db: Database,
  limits: LoginLimit[],
  windowMinutes: number,
): Promise<LoginAttempt> {
  const keys = limits.map(limit => limit.key).toSorted()
  return db.transaction(async tx => {
    for (const key of keys) await tx.query("select pg_advisory_xact_lock(hashtextextended('login ' || $1, 0))", [key])
    await tx.query(
      'delete from login_failures where key = any($1) and failed_at <= now() - make_interval(mins => $2)',
      [keys, windowMinutes],
    )
    const waits: number[] = []
    for (const limit of limits) waits.push(await waitMinutes(tx, limit, windowMinutes))
    if (waits.some(minutes => minutes > 0)) return { waitMinutes: Math.max(...waits) }
    const attempt = randomUUID()
    await tx.query('insert into login_failures (attempt, key) select $1, unnest($2::text[])', [attempt, keys])
    return { attempt }
  })
}

/**
 * Uncounts an attempt that did not fail. Those of `cleared`, a key, are all forgotten: that of an account
 * that has just logged in.
 */
export async function settleLoginAttempt(db: Queryable, attempt: string, cleared?: string): Promise<void> {
  await db.query('delete from login_failures where attempt = $1 or key = $2', [attempt, cleared ?? null])
}

/** Forgets up to `limit` failures older than the window. Returns how many. */
export async function deleteOldLoginFailures(db: Queryable, windowMinutes: number, limit = 5000): Promise<number> {
  const { rowCount } = await db.query(
    `delete from login_failures where ctid = any (array(
       select ctid from login_failures where failed_at <= now() - make_interval(mins => $1)
       order by failed_at limit $2 for update skip locked))`,
    [windowMinutes, limit],
  )
  return rowCount ?? 0
}

/** Minutes until fewer than `max` failures are within the window, rounded up; 0 where that is so now. */
async function waitMinutes(db: Queryable, { key, max }: LoginLimit, windowMinutes: number): Promise<number> {
  const { rows } = await db.query<{ minutes: number }>(
    `select greatest(1, ceil(extract(epoch from failed_at + make_interval(mins => $3) - now()) / 60))::integer as minutes
     from login_failures where key = $1 order by failed_at desc offset $2 limit 1`,
    [key, max - 1, windowMinutes],
  )
  return rows[0]?.minutes ?? 0
}
