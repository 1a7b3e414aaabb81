import type { Queryable } from '#database/database.ts'

/** How many codes may be asked for within a window, at one link or from one client address. */
export interface CodeLimit {
  by: { tokenHash: Buffer } | { addressKey: string }
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
  const [column, key] = 'tokenHash' in by ? ['token_hash', by.tokenHash] : ['address_key', by.addressKey]
  const { rows } = await tx.query<{ minutes: number }>(
    `select ceil(extract(epoch from asked_at + make_interval(mins => $3) - clock_timestamp()) / 60)::integer as minutes
     from codes where ${column} = $1 order by asked_at desc offset $2 limit 1`,
    [key, max - 1, windowMinutes],
  )
  return Math.max(0, rows[0]?.minutes ?? 0)
}

/** Notes a code that is asked for; from now on it is the only one of its link that counts. */
export async function insertCode(tx: Queryable, code: NewCode): Promise<void> {
  await tx.query('update codes set ended_at = now() where token_hash = $1 and ended_at is null', [code.tokenHash])
  await tx.query(
    `insert into codes (id, token_hash, code_hash, address_key, asked_at, ends_at)
     values ($1, $2, $3, $4, clock_timestamp(), clock_timestamp() + make_interval(mins => $5))`,
    [code.id, code.tokenHash, code.codeHash, code.addressKey, code.minutes],
  )
}

/**
 * Counts a try at the code of a link, before anything is compared: one statement, so that a thousand tries at the same
 * instant are no more than `maxTries`. Null where there is no code, or it has had its tries.
 */
export async function countTry(
  db: Queryable,
  tokenHash: Buffer,
  maxTries: number,
): Promise<{ id: string; codeHash: Buffer; triesLeft: number } | null> {
  const { rows } = await db.query<{ id: string; codeHash: Buffer; triesLeft: number }>(
    `update codes set tries = tries + 1
     where token_hash = $1 and ended_at is null and ends_at > now() and tries < $2
     returning id, code_hash as "codeHash", $2 - tries as "triesLeft"`,
    [tokenHash, maxTries],
  )
  return rows[0] ?? null
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
