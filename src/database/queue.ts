import { replyCodes } from './audit.ts'
import type { Queryable } from './database.ts'
import { deliveriesChannel, newsPayload } from './deliveries.ts'
import { canonical } from '#mail/address.ts'

/** What waits to be handed to the next hop: a recipient's copy, or a mail that Kuvert wrote itself. */
export interface QueueEntry {
  kind: 'copy' | 'notice'
  id: string
  /** Null for notices. */
  messageId: string | null
  sender: string
  recipient: string
  attempts: number
  createdAt: Date
  nextAttemptAt: Date
  /** Whether a courier is sending it now. */
  beingSent: boolean
  lastReply: string | null
}

const entries = `
  select 'copy' as kind, deliveries.id, message_id, sender, recipient, attempts, deliveries.created_at, next_attempt_at,
    leased_until, last_reply
  from deliveries join links on links.id = link_id join messages on messages.id = message_id
  where deliveries.state = 'queued'
  union all
  select 'notice', id, null, sender, recipient, attempts, created_at, next_attempt_at, leased_until, last_reply
  from notices where state = 'queued'`

const columns = `kind, id, message_id as "messageId", sender, recipient, attempts, created_at as "createdAt",
  next_attempt_at as "nextAttemptAt", coalesce(leased_until > now(), false) as "beingSent", last_reply as "lastReply"`

/** Up to `limit` entries after this one, the oldest first; from the beginning without one. */
export async function findQueueEntries(
  db: Queryable,
  limit: number,
  after?: { createdAt: Date; id: string },
): Promise<QueueEntry[]> {
  const { rows } = await db.query<QueueEntry>(
    `select ${columns} from (${entries}) as queued
     where $2::timestamptz is null or (created_at, id) > ($2, $3::uuid)
     order by created_at, id limit $1`,
    [limit, after?.createdAt ?? null, after?.id ?? null],
  )
  return rows
}

/** Up to two entries whose id begins so: two are one too many. */
export async function findQueueEntriesById(db: Queryable, beginning: string): Promise<QueueEntry[]> {
  const { rows } = await db.query<QueueEntry>(
    `select ${columns} from (${entries}) as queued where id::text like $1 || '%' order by id limit 2`,
    [beginning],
  )
  return rows
}

/** Makes entries due now (all of them without ids) and wakes the couriers. Returns how many; those being sent are left alone. */
export async function retryQueued(db: Queryable, ids: string[] | null): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `with copies as (
       update deliveries set next_attempt_at = now()
       where state = 'queued' and (leased_until is null or leased_until < now()) and ($1::uuid[] is null or id = any($1))
       returning id),
     notices as (
       update notices set next_attempt_at = now()
       where state = 'queued' and (leased_until is null or leased_until < now()) and ($1::uuid[] is null or id = any($1))
       returning id)
     select ((select count(*) from copies) + (select count(*) from notices))::integer as count,
       pg_notify('${deliveriesChannel}', '')`,
    [ids],
  )
  return rows[0]?.count ?? 0
}

/**
 * Takes entries out of the queue for good, and records it; `by` is the user of the machine who asked for it. Unless `silent`, the senders of copies are told as of any copy
 * that was not delivered. Returns the ids; those being sent are left alone.
 */
export async function dropQueued(
  db: Queryable,
  ids: string[],
  { silent, by }: { silent: boolean; by: string },
): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `with copies as (
       update deliveries set state = 'bounced', settled_at = now(), lease = null, leased_until = null,
         to_report = case when $2 then null else 'dropped' end
       where state = 'queued' and (leased_until is null or leased_until < now()) and id = any($1)
       returning id, link_id, last_reply),
     dropped as (
       update notices set state = 'dropped', mail = null, settled_at = now(), lease = null, leased_until = null
       where state = 'queued' and (leased_until is null or leased_until < now()) and id = any($1)
       returning id, recipient),
     audited as (
       insert into audit_entries (action, actor, message_id, details)
       select 'copy-dropped', 'admin:' || $3, message_id, jsonb_strip_nulls(jsonb_build_object(
         'link', links.id, 'recipient', recipient_key, 'reply', ${replyCodes('last_reply')}, 'silent', $2::boolean))
       from copies join links on links.id = link_id
       union all select 'notice-dropped', 'admin:' || $3, null, jsonb_build_object('recipient', $4::jsonb -> recipient)
       from dropped)
     select id from copies union all select id from dropped`,
    [ids, silent, by, await recipientKeys(db, ids)],
  )
  if (!silent) await db.query(`select pg_notify('${deliveriesChannel}', '${newsPayload}')`)
  return rows.map(row => row.id)
}

/** The recipients of these notices, and how comparisons spell each: PostgreSQL may know no capitals but those of ASCII. */
async function recipientKeys(db: Queryable, noticeIds: string[]): Promise<Record<string, string>> {
  const { rows } = await db.query<{ recipient: string }>('select recipient from notices where id = any($1)', [
    noticeIds,
  ])
  return Object.fromEntries(rows.map(({ recipient }) => [recipient, canonical(recipient)]))
}
