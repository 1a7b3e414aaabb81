import type { AuditActor } from './audit.ts'
import type { Queryable } from './database.ts'
import { deliveriesChannel } from './deliveries.ts'

/** Who withdraws something, and where from, for the audit. */
export interface Revoker {
  actor: AuditActor
  /** The client's IP address, where there is one. */
  address?: string
}

/** A message to withdraw. Whether Kuvert wrote it does not matter: it is only taken away. */
export async function findRevocable(db: Queryable, id: string): Promise<{ id: string; revoked: boolean } | null> {
  const { rows } = await db.query<{ id: string; revoked: boolean }>('select id, revoked from messages where id = $1', [
    id,
  ])
  return rows[0] ?? null
}

/** The links of a message, to withdraw one. */
export async function findRevocableLinks(
  db: Queryable,
  messageId: string,
): Promise<{ id: string; recipient: string; recipientKey: string }[]> {
  const { rows } = await db.query<{ id: string; recipient: string; recipientKey: string }>(
    'select id, recipient, recipient_key as "recipientKey" from links where message_id = $1 order by id',
    [messageId],
  )
  return rows
}

/**
 * Withdraws a message, now and for good: its key is forgotten, its links and tickets open nothing any more, and copies
 * that are still queued are not sent. Upkeep then removes its objects. False where it has ended already, or there is none.
 */
export async function revokeMessage(db: Queryable, messageId: string, by: Revoker): Promise<boolean> {
  const { rows } = await db.query<{ ended: number }>(
    `with ended as (
       update messages set ended_at = now(), revoked = true, wrapped_key = null where id = $1 and ended_at is null
       returning id, key_id),
     woken as (
       update deliveries set next_attempt_at = now() from links join ended on ended.id = message_id
       where link_id = links.id and state = 'queued'),
     audited as (
       insert into audit_entries (action, actor, message_id, address, details)
       select action, $2, ended.id, $3, details
       from ended, lateral (values
         ('message-ended', jsonb_build_object('reason', 'revoked')),
         ('key-forgotten', jsonb_build_object('masterKey', key_id))) as happened (action, details))
     select count(*)::integer as ended, pg_notify('${deliveriesChannel}', '') from ended`,
    [messageId, by.actor, by.address ?? null],
  )
  return rows[0]?.ended === 1
}

/**
 * Withdraws one link of a message: it opens nothing any more, nor do the tickets that were asked for by it, and its copy is not
 * sent where it is still queued. The others stay as they are. False where it was revoked already, or there is none.
 */
export async function revokeLink(db: Queryable, linkId: string, by: Revoker): Promise<boolean> {
  const { rows } = await db.query<{ revoked: number }>(
    `with revoked as (
       update links set revoked_at = now() where id = $1 and revoked_at is null returning id, message_id, recipient_key),
     woken as (
       update deliveries set next_attempt_at = now() from revoked where link_id = revoked.id and state = 'queued'),
     audited as (
       insert into audit_entries (action, actor, message_id, address, details)
       select 'link-revoked', $2, message_id, $3, jsonb_build_object('link', id, 'recipient', recipient_key) from revoked)
     select count(*)::integer as revoked, pg_notify('${deliveriesChannel}', '') from revoked`,
    [linkId, by.actor, by.address ?? null],
  )
  return rows[0]?.revoked === 1
}

/** An ended message whose objects may still be there. */
export interface EndedMessage {
  id: string
  objectKeys: string[]
}

/** Up to `limit` messages whose objects are still to be removed, those that ended first before others, but for these. */
export async function findMessagesToRemove(db: Queryable, limit: number, but: string[]): Promise<EndedMessage[]> {
  const { rows } = await db.query<EndedMessage>(
    `select id, array(
       select slim_object_key where slim_sealed is null
       union all select key from files join objects on file_id = files.id where message_id = messages.id) as "objectKeys"
     from messages where ended_at is not null and objects_removed_at is null and id <> all ($2)
     order by ended_at limit $1`,
    [limit, but],
  )
  return rows
}

/** Notes that a message has no objects any more; nor has it a slim mail. */
export async function markObjectsRemoved(db: Queryable, messageId: string): Promise<void> {
  await db.query(
    `with removed as (delete from objects using files where files.id = file_id and message_id = $1)
     update messages set objects_removed_at = now(), slim_sealed = null where id = $1`,
    [messageId],
  )
}

/**
 * Deletes the rows of up to `limit` messages that ended so many days ago and have no objects any more, with all that
 * belongs to them: files, links, deliveries, downloads. Returns how many. The audit keeps what it says of them.
 */
export async function forgetMessages(db: Queryable, afterDays: number, limit: number): Promise<number> {
  const { rowCount } = await db.query(
    `delete from messages where id = any (array(
       select id from messages where objects_removed_at is not null and ended_at <= now() - make_interval(days => $1)
       order by ended_at limit $2 for update skip locked))`,
    [afterDays, limit],
  )
  return rowCount ?? 0
}

/** Deletes up to `limit` notices that were settled so many days ago: they say who was written to. Returns how many. */
export async function forgetNotices(db: Queryable, afterDays: number, limit: number): Promise<number> {
  const { rowCount } = await db.query(
    `delete from notices where id = any (array(
       select id from notices where settled_at <= now() - make_interval(days => $1)
       order by settled_at limit $2 for update skip locked))`,
    [afterDays, limit],
  )
  return rowCount ?? 0
}
