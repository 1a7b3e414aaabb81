import { randomUUID } from 'node:crypto'
import { replyCodes } from './audit.ts'
import type { Queryable } from './database.ts'
import type { ToReport } from './reports.ts'
import type { DeliveryKind, DeliveryReason } from '#model.ts'

/** The channel on which a commit tells couriers that there is something to deliver or, with `newsPayload`, to report. */
export const deliveriesChannel = 'kuvert_deliveries'
/** There is news of deliveries that their senders are to be told of. */
export const newsPayload = 'news'

/** A claimed copy to deliver. Only the holder of `lease` may settle it. */
export interface ClaimedDelivery {
  id: string
  linkId: string
  kind: DeliveryKind
  attempts: number
  createdAt: Date
  lease: string
}

/** By what deliveries and notices are held, and for how long. */
export interface Lease {
  id: string
  seconds: number
}

/** One that nobody has held before. */
export function newLease(seconds: number): Lease {
  return { id: randomUUID(), seconds }
}

/**
 * How deliveries are written, by a statement that may write more: those under a lease are claimed already. As JSON, as with `linkRows`.
 * Couriers hear of the others when it is committed, not before.
 */
export const deliveryRows = {
  insert: (rows: string, lease: string, leaseSeconds: string) =>
    `insert into deliveries (id, link_id, kind, attempts, lease, leased_until)
     select id, "linkId", kind, case when ${lease}::uuid is null then 0 else 1 end, ${lease}::uuid,
       now() + make_interval(secs => ${leaseSeconds})
     from jsonb_to_recordset(${rows}::jsonb) as delivery (id uuid, "linkId" uuid, kind text)`,
  values: (deliveries: { id: string; linkId: string; kind: DeliveryKind }[]) => JSON.stringify(deliveries),
  tellCouriers: (lease: string) => `select pg_notify('${deliveriesChannel}', '') where ${lease}::uuid is null`,
}

/** Queues a copy for each of these links. */
export async function insertDeliveries(db: Queryable, linkIds: string[], kind: DeliveryKind): Promise<void> {
  await db.query(
    `with queued as (${deliveryRows.insert('$1', 'null', 'null')}) ${deliveryRows.tellCouriers('null')}`,
    [deliveryRows.values(linkIds.map(linkId => ({ id: randomUUID(), linkId, kind })))],
    'insert-deliveries',
  )
}

const returned = 'returning id, link_id as "linkId", kind, attempts, created_at as "createdAt", lease'
const isDue = `state = 'queued' and next_attempt_at <= now() and (leased_until is null or leased_until < now())`

/**
 * Takes up to `limit` copies that are due, under `lease`. Up to `retries` that were tried before come first, then
 * new ones, then further retries: many that fail slowly do not keep new ones waiting, nor the other way round.
 * Copies whose holder died are due when their lease has ended.
 */
export async function claimDeliveries(
  db: Queryable,
  { limit, retries, lease }: { limit: number; retries: number; lease: Lease },
): Promise<ClaimedDelivery[]> {
  const { rows } = await db.query<ClaimedDelivery>(
    `with first as (
       select id, next_attempt_at from deliveries where ${isDue} and attempts = 0
       order by next_attempt_at limit $1 for update skip locked),
     again as (
       select id, next_attempt_at from deliveries where ${isDue} and attempts > 0
       order by next_attempt_at limit $1 for update skip locked),
     candidates as (
       select id, place, case when place <= $4 then 0 else 2 end as turn
       from (select id, row_number() over (order by next_attempt_at) as place from again) as numbered
       union all select id, row_number() over (order by next_attempt_at), 1 from first)
     update deliveries set lease = $3, leased_until = now() + make_interval(secs => $2), attempts = attempts + 1
     where id in (select id from candidates order by turn, place limit $1) ${returned}`,
    [limit, lease.seconds, lease.id, retries],
    'claim-deliveries',
  )
  return rows
}

/** As `claimDeliveries`, of those alone that are older than `hours`. */
export async function claimOldDeliveries(
  db: Queryable,
  { limit, hours, lease }: { limit: number; hours: number; lease: Lease },
): Promise<ClaimedDelivery[]> {
  const { rows } = await db.query<ClaimedDelivery>(
    `update deliveries set lease = $3, leased_until = now() + make_interval(secs => $2), attempts = attempts + 1
     where id in (
       select id from deliveries where ${isDue} and created_at <= now() - make_interval(secs => $4)
       order by created_at limit $1 for update skip locked) ${returned}`,
    [limit, lease.seconds, lease.id, hours * 3600],
  )
  return rows
}

/**
 * Ends leases under which nobody works: what they hold is as if it had never been claimed. Returns the ids of those that
 * held something.
 */
export async function endLeases(db: Queryable, ids: string[]): Promise<string[]> {
  const { rows } = await db.query<{ lease: string }>(endLeasesOf('deliveries'), [ids])
  return rows.map(row => row.lease)
}

/** Of a queue, only what is leased is looked at, which is little. */
export function endLeasesOf(table: 'deliveries' | 'notices'): string {
  return `with held as (
      select id, lease from ${table}
      where lease = any($1) and leased_until is not null and state = 'queued' for update),
    ended as (
      update ${table} set lease = null, leased_until = null, attempts = attempts - 1
      where id in (select id from held))
    select distinct lease from held`
}

/** Holds a delivery for `leaseSeconds` from now, unless the lease was lost. */
export async function renewDelivery(db: Queryable, claimed: ClaimedDelivery, leaseSeconds: number): Promise<void> {
  await db.query(
    `update deliveries set leased_until = now() + make_interval(secs => $3) where id = $1 and lease = $2 and state = 'queued'`,
    [claimed.id, claimed.lease, leaseSeconds],
  )
}

/** How an attempt at a delivery ended. */
export interface Attempt {
  /** Why it was not handed over; null if it was. */
  reason: DeliveryReason | null
  /** The next hop's reply, or a sentence of ours if the reason has none; for people only. */
  reply: string
}

/** How a delivery ended, and what its sender is to be told of it, if anything. */
export interface Settlement extends Attempt {
  state: 'sent' | 'bounced'
  toReport: ToReport | null
}

/** Settles a delivery for good, and records it. False where the lease was lost: somebody else has it now. */
export async function settleDelivery(
  db: Queryable,
  claimed: ClaimedDelivery,
  { state, reason, reply, toReport }: Settlement,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `with settled as (
       update deliveries set state = $3, last_reply = $4, to_report = $5, reason = $6, settled_at = now(), lease = null,
         leased_until = null
       where id = $1 and lease = $2 and state = 'queued' returning link_id),
     audited as (
       insert into audit_entries (action, actor, message_id, details)
       select case $3 when 'sent' then 'copy-delivered' else 'copy-bounced' end, 'courier', message_id,
         jsonb_strip_nulls(jsonb_build_object('link', links.id, 'recipient', recipient_key, 'reply', ${replyCodes('$4')}))
       from settled join links on links.id = link_id)
     select from settled`,
    [claimed.id, claimed.lease, state, reply, toReport, reason],
    'settle-delivery',
  )
  return rowCount === 1
}

/** Gives a delivery back, to be tried again after `pauseSeconds`. */
export async function postponeDelivery(
  db: Queryable,
  claimed: ClaimedDelivery,
  pauseSeconds: number,
  { reason, reply }: Attempt,
): Promise<void> {
  await db.query(
    `update deliveries set next_attempt_at = now() + make_interval(secs => $3), last_reply = $4, reason = $5, lease = null,
       leased_until = null
     where id = $1 and lease = $2 and state = 'queued'`,
    [claimed.id, claimed.lease, pauseSeconds, reply, reason],
  )
}

/** Milliseconds until the next queued delivery, or notice where those count, may be due; null where nothing is queued. */
export async function findNextDueMilliseconds(db: Queryable, withNotices: boolean): Promise<number | null> {
  // One look into an index for each: a long queue does not make it slow.
  const { rows } = await db.query<{ wait: number | null }>(
    `select extract(epoch from least(
       (select min(next_attempt_at) from deliveries where state = 'queued' and attempts = 0 and leased_until is null),
       (select min(next_attempt_at) from deliveries where state = 'queued' and attempts > 0 and leased_until is null),
       (select min(leased_until) from deliveries where state = 'queued' and leased_until is not null),
       (select min(greatest(next_attempt_at, coalesce(leased_until, next_attempt_at))) from notices where $1 and state = 'queued')
     ) - now()) * 1000 as wait`,
    [withNotices],
    'find-next-due',
  )
  const wait = rows[0]?.wait
  return wait === null || wait === undefined ? null : Math.max(0, Number(wait))
}
