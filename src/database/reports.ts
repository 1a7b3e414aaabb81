import type { Queryable } from './database.ts'
import type { DeliveryReason } from '#model.ts'

/** What a sender can be told of a delivery. */
export type ToReport = 'refused' | 'given-up' | 'dropped' | 'delayed' | 'relayed'

/** A delivery of which the sender has not been told yet. */
export interface UnreportedDelivery {
  id: string
  toReport: ToReport
  /** Why the latest attempt failed; null if it did not, or if there was none. */
  reason: DeliveryReason | null
  reply: string | null
  createdAt: Date
  /** Null while it is queued. */
  settledAt: Date | null
  recipient: string
  recipientParameters: string[]
}

/** However long other copies of a message take, its sender does not wait longer for news of those that failed. */
const longestWaitMinutes = 10

/**
 * Notes up to `limit` deliveries that have been queued for `hours` as delayed, each once. Those that were never tried
 * count only where `untried` says so: a courier that was stopped for long delivers them at once when it starts.
 */
export async function noteDelays(
  db: Queryable,
  { hours, untried, limit }: { hours: number; untried: boolean; limit: number },
): Promise<void> {
  await db.query(
    `update deliveries set to_report = 'delayed', delay_noted = true where id in (
       select id from deliveries
       where state = 'queued' and not delay_noted and created_at <= now() - make_interval(secs => $1)
         and (leased_until is null or leased_until < now()) and ($2 or last_reply is not null)
       order by created_at, id limit $3 for update skip locked)`,
    [hours * 3600, untried, limit],
  )
}

/**
 * Up to `limit` messages of which there is something to tell and no copy is being sent or due for the first time, so
 * that recipients who fail at about the same time are told of in one notification.
 */
export async function findMessagesToReport(db: Queryable, limit: number): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select message_id as id from (
       select message_id, min(coalesce(settled_at, deliveries.created_at)) as since
       from deliveries join links on links.id = link_id where to_report is not null group by message_id) as waiting
     where since < now() - make_interval(mins => $2) or not exists (
       select from links join deliveries on link_id = links.id
       where links.message_id = waiting.message_id and state = 'queued' and (attempts = 0 or leased_until > now()))
     order by since limit $1`,
    [limit, longestWaitMinutes],
  )
  return rows.map(row => row.id)
}

/** Whether there is anything that senders have not been told yet. */
export async function isAnythingUnreported(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ found: boolean }>(
    'select exists (select from deliveries where to_report is not null) as found',
  )
  return rows[0]?.found ?? false
}

export async function findUnreportedDeliveries(db: Queryable, messageId: string): Promise<UnreportedDelivery[]> {
  const { rows } = await db.query<UnreportedDelivery>(
    `select deliveries.id, to_report as "toReport", reason, last_reply as reply, deliveries.created_at as "createdAt",
       settled_at as "settledAt", recipient, recipient_parameters as "recipientParameters"
     from deliveries join links on links.id = link_id
     where message_id = $1 and to_report is not null order by recipient, deliveries.id`,
    [messageId],
  )
  return rows
}

/**
 * Marks deliveries as reported, all of them or, where one is not as it was found, none: false. In the transaction that
 * queues the notification, nobody is told twice and nobody is left out.
 */
export async function takeReports(tx: Queryable, found: UnreportedDelivery[]): Promise<boolean> {
  const { rows } = await tx.query<{ id: string; toReport: ToReport | null }>(
    'select id, to_report as "toReport" from deliveries where id = any($1) order by id for update',
    [found.map(each => each.id)],
  )
  const now = new Map(rows.map(row => [row.id, row.toReport]))
  if (found.some(each => now.get(each.id) !== each.toReport)) return false
  await tx.query('update deliveries set to_report = null where id = any($1)', [found.map(each => each.id)])
  return true
}
