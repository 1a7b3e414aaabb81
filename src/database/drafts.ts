import type { Queryable } from './database.ts'
import type { Cursor } from './received.ts'

/** A row of `drafts`: a message that is being written. */
export interface DraftRow {
  id: string
  accountId: string
  keyId: string
  wrappedKey: Buffer
  /** Sealed with the message's key; null where nothing was written yet. */
  content: Buffer | null
  changedAt: Date
  /** Counts its saves. */
  revision: number
  /** When its writer discarded it; it can be restored for a while. Null for one that they did not. */
  discardedAt: Date | null
}

const columns = `id, account_id as "accountId", key_id as "keyId", wrapped_key as "wrappedKey", content,
  changed_at as "changedAt", revision::float8 as revision, discarded_at as "discardedAt"`

/** The draft with this id, if it is this account's. */
export async function findDraft(db: Queryable, id: string, accountId: string): Promise<DraftRow | null> {
  const { rows } = await db.query<DraftRow>(`select ${columns} from drafts where id = $1 and account_id = $2`, [
    id,
    accountId,
  ])
  return rows[0] ?? null
}

/** Up to `limit` drafts of an account, the latest first; those before the cursor, if there is one. Discarded ones are not among them. */
export async function findDrafts(
  db: Queryable,
  accountId: string,
  { limit, before = null }: { limit: number; before?: Cursor | null },
): Promise<DraftRow[]> {
  const { rows } = await db.query<DraftRow>(
    `select ${columns} from drafts
     where account_id = $1 and discarded_at is null and (changed_at, id) < ($3::timestamptz, $4::uuid)
     order by changed_at desc, id desc limit $2`,
    [accountId, limit, before?.createdAt ?? 'infinity', before?.id ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
  )
  return rows
}

/** The drafts that an account has discarded, the latest first: those that can be restored. */
export async function findDiscardedDrafts(db: Queryable, accountId: string, limit: number): Promise<DraftRow[]> {
  const { rows } = await db.query<DraftRow>(
    `select ${columns} from drafts where account_id = $1 and discarded_at is not null order by discarded_at desc limit $2`,
    [accountId, limit],
  )
  return rows
}

/** Discards a draft; it and the latest others that the account discarded are kept with their uploads for a while. False if it was gone or discarded. */
export async function discardDraft(db: Queryable, id: string, accountId: string): Promise<boolean> {
  const { rowCount } = await db.query(
    'update drafts set discarded_at = now() where id = $1 and account_id = $2 and discarded_at is null',
    [id, accountId],
  )
  // Of discarded ones there must be a bound: nothing else counts them.
  await db.query(
    `delete from drafts where id in (
       select id from drafts where account_id = $1 and discarded_at is not null order by discarded_at desc offset $2)`,
    [accountId, mostDiscarded],
  )
  return rowCount === 1
}

/** Takes back that a draft was discarded. False if it was gone, or not discarded. */
export async function restoreDraft(db: Queryable, id: string, accountId: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `update drafts set discarded_at = null, changed_at = now()
     where id = $1 and account_id = $2 and discarded_at is not null`,
    [id, accountId],
  )
  return rowCount === 1
}

/**
 * Begins a draft under an id that the portal has made, unless it is there already: of two who begin it at the same time,
 * one does. Whose it is then, and its key, `findDraft` tells.
 */
export async function insertDraft(
  db: Queryable,
  draft: Pick<DraftRow, 'id' | 'accountId' | 'keyId' | 'wrappedKey'>,
): Promise<void> {
  await db.query(
    `insert into drafts (id, account_id, key_id, wrapped_key)
     select $1, $2, $3, $4 where not exists (select from messages where id = $1) on conflict (id) do nothing`,
    [draft.id, draft.accountId, draft.keyId, draft.wrappedKey],
  )
}

/** Until the transaction ends, others who want to know how much there is of the account's drafts wait. Lock it first. */
export async function lockDraftsOf(tx: Queryable, accountId: string): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended('drafts ' || $1, 0))", [accountId])
}

export async function countDrafts(db: Queryable, accountId: string): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    'select count(*)::integer as count from drafts where account_id = $1 and discarded_at is null',
    [accountId],
  )
  return rows[0]!.count
}

/** Until the transaction ends, whoever else wants the draft waits. One that gets a file is not discarded any more. */
export async function lockDraft(tx: Queryable, id: string): Promise<void> {
  await tx.query('update drafts set discarded_at = null where id = $1', [id])
}

/**
 * Saves what its writer asked to save. `seen` is the last revision that their page knows of. Returns the new revision, which is later
 * than that of any save that may still be on its way; null if the draft is gone. A draft that was discarded is one again.
 */
export async function updateDraft(
  db: Queryable,
  { id, content, seen }: { id: string; content: Buffer; seen: number },
): Promise<number | null> {
  const { rows } = await db.query<{ revision: number }>(
    `update drafts set content = $2, changed_at = now(), discarded_at = null, revision = greatest(revision, $3) + 1
     where id = $1 returning revision::float8 as revision`,
    [id, content, seen],
  )
  return rows[0]?.revision ?? null
}

/**
 * Saves what a page saved by itself as this revision. Returns null if it did; otherwise the revision that the draft has already, and
 * changes nothing: the save was overtaken by a later one.
 */
export async function updateDraftUnlessOvertaken(
  db: Queryable,
  { id, content, revision }: { id: string; content: Buffer; revision: number },
): Promise<number | null> {
  const { rowCount } = await db.query(
    `update drafts set content = $2, changed_at = now(), discarded_at = null, revision = $3
     where id = $1 and revision < $3`,
    [id, content, revision],
  )
  if (rowCount === 1) return null
  const { rows } = await db.query<{ revision: number }>(
    'select revision::float8 as revision from drafts where id = $1',
    [id],
  )
  return rows[0]?.revision ?? null
}

/** Forgets a draft with its uploads. False where it was gone: sent by another request, or discarded. */
export async function deleteDraft(db: Queryable, id: string, accountId: string): Promise<boolean> {
  const { rowCount } = await db.query('delete from drafts where id = $1 and account_id = $2', [id, accountId])
  return rowCount === 1
}

/** Of an account, so many discarded drafts are kept. */
export const mostDiscarded = 25

/** The days for which a discarded draft can be restored. */
export const discardedDays = 7

/** Forgets up to `limit` drafts that have not been changed for so many days, or were discarded a week ago, with their uploads. Returns how many. */
export async function deleteOldDrafts(db: Queryable, days: number, limit = 1000): Promise<number> {
  const { rowCount } = await db.query(
    `delete from drafts where id = any (array(
       select id from drafts 
       where changed_at <= now() - make_interval(days => $1) or discarded_at <= now() - make_interval(days => $3)
       limit $2))`,
    [days, limit, discardedDays],
  )
  return rowCount ?? 0
}
