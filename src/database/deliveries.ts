import { randomUUID } from 'node:crypto'
import type { Queryable } from '#database/database.ts'

/** The channel on which a commit tells couriers that there is something to deliver. */
export const deliveriesChannel = 'kuvert_deliveries'

/** A claimed copy to deliver. Only the holder of `lease` may settle it. */
export interface ClaimedDelivery {
  id: string
  linkId: string
  attempts: number
  createdAt: Date
  lease: string
}

export async function insertDeliveries(db: Queryable, linkIds: string[]): Promise<void> {
  const ids = linkIds.map(() => randomUUID())
  await db.query('insert into deliveries (id, link_id) select * from unnest($1::uuid[], $2::uuid[])', [ids, linkIds])
  // Heard by couriers when the transaction commits, not before.
  await db.query(`select pg_notify('${deliveriesChannel}', '')`)
}

/** Takes up to `limit` copies that are due, for `leaseSeconds`. Copies whose holder died are due when their lease has ended. */
export async function claimDeliveries(db: Queryable, limit: number, leaseSeconds: number): Promise<ClaimedDelivery[]> {
  const { rows } = await db.query<ClaimedDelivery>(
    `update deliveries set lease = $3, leased_until = now() + make_interval(secs => $2), attempts = attempts + 1
     where id in (
       select id from deliveries
       where state = 'queued' and next_attempt_at <= now() and (leased_until is null or leased_until < now())
       order by next_attempt_at limit $1 for update skip locked)
     returning id, link_id as "linkId", attempts, created_at as "createdAt", lease`,
    [limit, leaseSeconds, randomUUID()],
  )
  return rows
}

/** Holds a delivery for `leaseSeconds` from now, unless the lease was lost. */
export async function renewDelivery(db: Queryable, claimed: ClaimedDelivery, leaseSeconds: number): Promise<void> {
  await db.query(
    `update deliveries set leased_until = now() + make_interval(secs => $3) where id = $1 and lease = $2 and state = 'queued'`,
    [claimed.id, claimed.lease, leaseSeconds],
  )
}

/** Settles a delivery for good, and records it. False where the lease was lost: somebody else has it now. */
export async function settleDelivery(
  db: Queryable,
  claimed: ClaimedDelivery,
  state: 'sent' | 'bounced',
  reply: string,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `with settled as (
       update deliveries set state = $3, last_reply = $4, settled_at = now(), lease = null, leased_until = null
       where id = $1 and lease = $2 and state = 'queued' returning link_id),
     audited as (
       insert into audit_inbox (action, actor, message_id, details)
       select case $3 when 'sent' then 'copy-delivered' else 'copy-bounced' end, 'courier', message_id,
         jsonb_build_object('link', links.id, 'recipient', recipient, 'reply', left($4, 1000))
       from settled join links on links.id = link_id)
     select from settled`,
    [claimed.id, claimed.lease, state, reply],
  )
  return rowCount === 1
}

/** Gives a delivery back, to be tried again after `pauseSeconds`. */
export async function postponeDelivery(
  db: Queryable,
  claimed: ClaimedDelivery,
  pauseSeconds: number,
  reply: string,
): Promise<void> {
  await db.query(
    `update deliveries set next_attempt_at = now() + make_interval(secs => $3), last_reply = $4, lease = null, leased_until = null
     where id = $1 and lease = $2 and state = 'queued'`,
    [claimed.id, claimed.lease, pauseSeconds, reply],
  )
}

/** Milliseconds until the next queued delivery or notice may be due, or null where nothing is queued. */
export async function findNextDueMilliseconds(db: Queryable): Promise<number | null> {
  const { rows } = await db.query<{ wait: number | null }>(
    `select extract(epoch from min(greatest(next_attempt_at, coalesce(leased_until, next_attempt_at))) - now()) * 1000 as wait
     from (select next_attempt_at, leased_until from deliveries where state = 'queued'
           union all select next_attempt_at, leased_until from notices where state = 'queued') as queued`,
  )
  const wait = rows[0]?.wait
  return wait === null || wait === undefined ? null : Math.max(0, Number(wait))
}
