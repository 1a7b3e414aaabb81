import type { Queryable } from './database.ts'

/** How many codes may be asked for within a window: at one link, from one client address, or at this from that. */
export interface CodeLimit {
  by: { tokenHash?: Buffer; addressKey?: string }
  max: number
  windowMinutes: number
}

export interface NewCode {
  id: string
  tokenHash: Buffer
  codeHash: Buffer
  addressKey: string
  minutes: number
}

/** Makes whoever asks at this link or from this client address at the same time wait until the transaction ends. */
export async function lockCodes(tx: Queryable, tokenHash: Buffer, addressKey: string): Promise<void> {
  // In one order for all, so that no two wait for each other.
  const keys = [`token ${tokenHash.toString('hex')}`, addressKey].toSorted()
  for (const key of keys) await tx.query("select pg_advisory_xact_lock(hashtextextended('code ' || $1, 0))", [key])
}

/** Minutes until one more may be asked for, rounded up; 0 where that is so now. Exact after `lockCodes`. */
export async function minutesUntilNextCode(tx: Queryable, { by, max, windowMinutes }: CodeLimit): Promise<number> {
  const keys = Object.entries({ token_hash: by.tokenHash, address_key: by.addressKey }).filter(([, key]) => key)
  const { rows } = await tx.query<{ minutes: number }>(
    `select ceil(extract(epoch from asked_at + make_interval(mins => $2) - clock_timestamp()) / 60)::integer as minutes
     from codes where ${keys.map(([column], index) => `${column} = $${index + 3}`).join(' and ')}
     order by asked_at desc offset $1 limit 1`,
    [max - 1, windowMinutes, ...keys.map(([, key]) => key)],
  )
  return Math.max(0, rows[0]?.minutes ?? 0)
}

/** Whether a code that still counts was asked for at this link, from this client address, within so many seconds. */
export async function hasFreshCode(
  tx: Queryable,
  { tokenHash, addressKey }: { tokenHash: Buffer; addressKey: string },
  { seconds, maxTries }: { seconds: number; maxTries: number },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `select from codes where token_hash = $1 and address_key = $2 and ended_at is null and ends_at > now() and tries < $4
       and asked_at > clock_timestamp() - make_interval(secs => $3)`,
    [tokenHash, addressKey, seconds, maxTries],
  )
  return rowCount! > 0
}

/**
 * Notes a code that is asked for. It replaces the one that was asked for at this link from this client address; those that
 * were asked for from elsewhere still count.
 */
export async function insertCode(tx: Queryable, code: NewCode): Promise<void> {
  await tx.query('update codes set ended_at = now() where token_hash = $1 and address_key = $2 and ended_at is null', [
    code.tokenHash,
    code.addressKey,
  ])
  await tx.query(
    `insert into codes (id, token_hash, code_hash, address_key, asked_at, ends_at)
     values ($1, $2, $3, $4, clock_timestamp(), clock_timestamp() + make_interval(mins => $5))`,
    [code.id, code.tokenHash, code.codeHash, code.addressKey, code.minutes],
  )
}

/** A code that a try counts for, and how many tries are left from where this one came. */
export interface TriedCode {
  id: string
  codeHash: Buffer
  triesLeft: number
}

/** How many tries a code has from the client address that asked for it, and from all others together. */
export interface MaxTries {
  here: number
  elsewhere: number
}

/**
 * Counts a try at the codes of a link, before anything is compared: one statement, so that a thousand tries at the same
 * instant are no more than `max`. The tries of others use up none of the address that asked for the code. Empty if there is
 * no code, or each has had its tries.
 */
export async function countTry(
  db: Queryable,
  { tokenHash, addressKey }: { tokenHash: Buffer; addressKey: string },
  max: MaxTries,
): Promise<TriedCode[]> {
  const { rows } = await db.query<TriedCode>(
    `with tried as (
       select id, address_key = $2 as is_here from codes
       where token_hash = $1 and ended_at is null and ends_at > now()
         and case when address_key = $2 then tries < $3 else tries_elsewhere < $4 end
       order by id for update)
     update codes set tries = tries + is_here::integer, tries_elsewhere = tries_elsewhere + (not is_here)::integer
     from tried where codes.id = tried.id
     returning codes.id, code_hash as "codeHash",
       case when is_here then $3 - tries else $4 - tries_elsewhere end as "triesLeft"`,
    [tokenHash, addressKey, max.here, max.elsewhere],
  )
  return rows
}

/** Uses a code up. False where another request has, or where a newer one was asked for meanwhile. */
export async function useCode(db: Queryable, id: string): Promise<boolean> {
  const { rowCount } = await db.query(
    'update codes set ended_at = now() where id = $1 and ended_at is null and ends_at > now()',
    [id],
  )
  return rowCount === 1
}

/** Forgets up to `limit` codes that no limit counts any more. Returns how many. */
export async function deleteOldCodes(db: Queryable, limit = 5000): Promise<number> {
  const { rowCount } = await db.query(
    `delete from codes where id = any (array(
       select id from codes where asked_at <= now() - interval '1 day' order by asked_at limit $1 for update skip locked))`,
    [limit],
  )
  return rowCount ?? 0
}
