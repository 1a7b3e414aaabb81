import { record, type AuditActor } from '#database/audit.ts'
import type { Queryable } from '#database/database.ts'
import { insertDeliveries } from '#database/deliveries.ts'

/** Who changes a message that they have sent, and where from, for the audit. */
export interface Changer {
  actor: AuditActor
  /** The client's. */
  address: string
}

const isOpen = 'ended_at is null and expires_at > now()'

/** Lets a message be opened for longer. False where it has ended, or can be opened for as long already. */
export async function extendMessage(db: Queryable, id: string, expiresAt: Date, by: Changer): Promise<boolean> {
  const { rows } = await db.query<{ extended: number }>(
    `with extended as (
       update messages set expires_at = $2 where id = $1 and ${isOpen} and expires_at < $2 returning id),
     audited as (
       insert into audit_inbox (action, actor, message_id, address, details)
       select 'message-extended', $3, id, $4, jsonb_build_object('expiresAt', $5::text) from extended)
     select count(*)::integer as extended from extended`,
    [id, expiresAt, by.actor, by.address, expiresAt.toISOString()],
  )
  return rows[0]?.extended === 1
}

/**
 * Lets each recipient download more often; null is unlimited. False where the message has ended, or allows as much
 * already.
 */
export async function raiseLimit(db: Queryable, id: string, max: number | null, by: Changer): Promise<boolean> {
  const { rows } = await db.query<{ raised: number }>(
    `with raised as (
       update messages set max_downloads = $2
       where id = $1 and ${isOpen} and max_downloads is not null and ($2::integer is null or max_downloads < $2)
       returning id),
     audited as (
       insert into audit_inbox (action, actor, message_id, address, details)
       select 'limit-raised', $3, id, $4, jsonb_strip_nulls(jsonb_build_object('max', $2::integer)) from raised)
     select count(*)::integer as raised from raised`,
    [id, max, by.actor, by.address],
  )
  return rows[0]?.raised === 1
}

/** A recipient is not sent the same twice within this time, however often somebody asks for it. */
const pauseMinutes = 2

/**
 * Queues another copy with the same link. False where the message has ended, the link is none of its or is withdrawn, or a
 * copy waits to be sent or was queued just now.
 */
export async function sendLinkAgain(
  tx: Queryable,
  { messageId, linkId }: { messageId: string; linkId: string },
  { actor, address }: Changer,
): Promise<boolean> {
  // Of two who ask at the same time, the second one looks only once the first is done.
  const { rows } = await tx.query<{ recipient: string; wasAdded: boolean }>(
    `select recipient, exists (select from deliveries where link_id = links.id and kind = 'added') as "wasAdded" from links join messages on messages.id = message_id
     where links.id = $1 and message_id = $2 and revoked_at is null and ${isOpen} for update of links`,
    [linkId, messageId],
  )
  const link = rows[0]
  if (!link) return false
  const { rowCount: tooSoon } = await tx.query(
    `select from deliveries
     where link_id = $1 and (state = 'queued' or created_at > now() - make_interval(mins => $2)) limit 1`,
    [linkId, pauseMinutes],
  )
  if (tooSoon !== 0) return false
  // Of somebody who was added, no copy was ever meant for the others.
  await insertDeliveries(tx, [linkId], link.wasAdded ? 'added' : 'again')
  const details = { link: linkId, recipient: link.recipient }
  await record(tx, { action: 'link-sent-again', actor, messageId, address, details })
  return true
}

/** Holds a message as it is until the transaction ends. False where it has ended. */
export async function lockOpenMessage(tx: Queryable, id: string): Promise<boolean> {
  const { rowCount } = await tx.query(`select from messages where id = $1 and ${isOpen} for update`, [id])
  return rowCount === 1
}

/** Lets a message be found by recipients that were added to it. */
export async function addToSearchText(db: Queryable, id: string, recipients: string[]): Promise<void> {
  const added = recipients.map(recipient => ` ${recipient.normalize('NFC').toLowerCase()}`).join('')
  await db.query('update messages set search_text = search_text || $2 where id = $1', [id, added])
}
