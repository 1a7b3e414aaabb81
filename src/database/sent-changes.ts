import type { Keyring } from '#crypto/keyring.ts'
import { record, type AuditActor } from './audit.ts'
import type { Database, Queryable } from './database.ts'
import { insertDeliveries } from './deliveries.ts'
import { isGenuineMessage, messageColumns, messageValues, type MessageRow } from './messages.ts'
import type { Rows } from './rows.ts'
import { canonical } from '#mail/address.ts'

/** Who changes a message that they have sent, and where from, for the audit. */
export interface Changer {
  actor: AuditActor
  /** The client's. */
  address: string
}

const isOpen = 'ended_at is null and expires_at > now()'

/** Where messages can be changed under their seals. */
interface Changeable {
  db: Database
  keyring: Keyring
}

/** Lets a message be opened for longer. False where it has ended, or can be opened for as long already. */
export function extendMessage({ db, keyring }: Changeable, id: string, expiresAt: Date, by: Changer): Promise<boolean> {
  return db.transaction(async tx => {
    const message = await lockOpenMessage({ db: tx, keyring }, id)
    if (!message || message.expiresAt >= expiresAt) return false
    await rewrite({ db: tx, keyring }, { ...message, expiresAt })
    const details = { expiresAt: expiresAt.toISOString() }
    await record(tx, { action: 'message-extended', ...by, messageId: id, details })
    return true
  })
}

/**
 * Lets each recipient download more often; null is unlimited. False where the message has ended, or allows as much
 * already.
 */
export function raiseLimit({ db, keyring }: Changeable, id: string, max: number | null, by: Changer): Promise<boolean> {
  return db.transaction(async tx => {
    const message = await lockOpenMessage({ db: tx, keyring }, id)
    if (!message || message.max === null || (max !== null && message.max >= max)) return false
    await rewrite({ db: tx, keyring }, { ...message, max })
    await record(tx, { action: 'limit-raised', ...by, messageId: id, details: max === null ? {} : { max } })
    return true
  })
}

/** Writes what can be changed of a message that is held, and its seal with it. */
async function rewrite({ db, keyring }: Rows, message: MessageRow): Promise<void> {
  const { linkKeyId, mac } = keyring.seal('message', messageValues(message))
  await db.query('update messages set expires_at = $2, max_downloads = $3, link_key_id = $4, mac = $5 where id = $1', [
    message.id,
    message.expiresAt,
    message.max,
    linkKeyId,
    mac,
  ])
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
  const { rows } = await tx.query<{ recipientKey: string; wasAdded: boolean }>(
    `select recipient_key as "recipientKey", exists (select from deliveries where link_id = links.id and kind = 'added') as "wasAdded" from links join messages on messages.id = message_id
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
  const details = { link: linkId, recipient: link.recipientKey }
  await record(tx, { action: 'link-sent-again', actor, messageId, address, details })
  return true
}

/** Holds a message as it is until the transaction ends. Null where it has ended, or Kuvert did not write it. */
export async function lockOpenMessage({ db: tx, keyring }: Rows, id: string): Promise<MessageRow | null> {
  const { rows } = await tx.query<MessageRow>(
    `select ${messageColumns} from messages where id = $1 and ${isOpen} for update`,
    [id],
  )
  const [message] = rows
  return message && isGenuineMessage(keyring, message) ? message : null
}

/** Lets a message be found by recipients that were added to it. */
export async function addToSearchText(db: Queryable, id: string, recipients: string[]): Promise<void> {
  const added = recipients.map(recipient => ` ${canonical(recipient)}`).join('')
  await db.query('update messages set search_text = search_text || $2 where id = $1', [id, added])
}
