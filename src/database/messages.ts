import type { Keyring, RowSeal } from '#crypto/keyring.ts'
import type { Queryable } from './database.ts'
import type { Rows } from './rows.ts'
import { canonical } from '#mail/address.ts'
import type { Language, Login, Plan, Slot, StoredSlim } from '#model.ts'

/** A row of `messages`. Its seal covers `messageValues`. */
export interface MessageRow extends RowSeal {
  id: string
  createdAt: Date
  sender: string
  senderName: string
  senderAccount: string | null
  subject: string
  login: Login
  max: number | null
  private: boolean
  receipt: boolean
  lang: Language
  expiresAt: Date
  /** When expired or revoked: its key and objects are then gone. */
  endedAt: Date | null
  revoked: boolean
  keyId: string
  wrappedKey: Buffer | null
  copy: Plan['copy']
  slimObjectKey: string
  slimSizeBytes: number
  slimSlots: Slot[]
  envelopeParameters: string[]
}

export type NewMessage = Omit<MessageRow, 'createdAt' | 'endedAt' | 'revoked' | 'wrappedKey'> & {
  wrappedKey: Buffer
  /** The ciphertext of a small slim mail; null where it is an object of the storage. */
  slimSealed: Uint8Array | null
}

export const messageColumns = `id, created_at as "createdAt", sender, sender_name as "senderName", sender_account as "senderAccount",
  subject, login, max_downloads as "max", private, receipt, lang, expires_at as "expiresAt", ended_at as "endedAt", revoked,
  key_id as "keyId", wrapped_key as "wrappedKey", copy, slim_object_key as "slimObjectKey",
  slim_size_bytes::float8 as "slimSizeBytes", slim_slots as "slimSlots", envelope_parameters as "envelopeParameters", link_key_id as "linkKeyId", mac`

/**
 * What the seal of a message covers: whose it is, who may open it, how often and until when, and all that copies are
 * written from. The key of the message is bound to its id, and what ends a message only takes away.
 */
export function messageValues(
  message: Omit<NewMessage, 'keyId' | 'wrappedKey' | 'slimSealed' | keyof RowSeal>,
): unknown[] {
  const { id, sender, senderName, senderAccount, subject, login, max, receipt, lang, expiresAt, copy } = message
  const { slimObjectKey, slimSizeBytes, slimSlots, envelopeParameters } = message
  const access = [login, max, message.private, expiresAt.toISOString()]
  const written = [senderName, subject, lang, receipt, copy, slimObjectKey, slimSizeBytes, slimSlots]
  return [id, sender, senderAccount, ...access, ...written, envelopeParameters]
}

/**
 * How a message is written, by a statement that may write more: its values come first. Its recipients are for whoever
 * searches for it; what they have of it is a link.
 */
export const messageRow = {
  insert: `insert into messages (id, sender, sender_name, sender_account, subject, login, max_downloads, private, receipt, lang,
      expires_at, key_id, wrapped_key, copy, slim_object_key, slim_size_bytes, slim_sealed, slim_slots, envelope_parameters,
      search_text, link_key_id, mac, sender_key)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)`,
  values: (message: NewMessage, recipients: string[]) => [
    message.id,
    message.sender,
    message.senderName,
    message.senderAccount,
    message.subject,
    message.login,
    message.max,
    message.private,
    message.receipt,
    message.lang,
    message.expiresAt,
    message.keyId,
    message.wrappedKey,
    message.copy,
    message.slimObjectKey,
    message.slimSizeBytes,
    message.slimSealed,
    JSON.stringify(message.slimSlots),
    message.envelopeParameters,
    canonical([message.subject, ...recipients].join(' ')),
    message.linkKeyId,
    message.mac,
    canonical(message.sender),
  ],
}

/** Whether Kuvert wrote the row of a message. */
export function isGenuineMessage(keyring: Keyring, message: MessageRow): boolean {
  return keyring.isGenuine('message', message, messageValues(message))
}

/** The message with this id; null where there is none, or Kuvert did not write it. */
export async function findMessage({ db, keyring }: Rows, id: string): Promise<MessageRow | null> {
  const { rows } = await db.query<MessageRow>(
    `select ${messageColumns} from messages where id = $1`,
    [id],
    'find-message',
  )
  const [message] = rows
  return message && isGenuineMessage(keyring, message) ? message : null
}

/** Those of these messages that Kuvert wrote. */
export async function findMessages({ db, keyring }: Rows, ids: string[]): Promise<MessageRow[]> {
  const { rows } = await db.query<MessageRow>(`select ${messageColumns} from messages where id = any($1)`, [ids])
  return rows.filter(message => isGenuineMessage(keyring, message))
}

/** Where the slim mail of a message is. */
export async function findSlim(db: Queryable, { id, slimObjectKey, slimSizeBytes }: MessageRow): Promise<StoredSlim> {
  const { rows } = await db.query<{ sealed: Buffer | null }>(
    'select slim_sealed as sealed from messages where id = $1',
    [id],
    'find-slim',
  )
  return { key: slimObjectKey, sizeBytes: slimSizeBytes, sealed: rows[0]?.sealed ?? null }
}

/**
 * Ends up to `limit` messages whose time has come: forgets their keys, so that nothing of them can be
 * decrypted any more, and records it. Returns how many.
 */
export async function endExpiredMessages(db: Queryable, limit: number): Promise<number> {
  const { rows } = await db.query<{ ended: number }>(
    `with ended as (
       update messages set ended_at = now(), wrapped_key = null where id = any (array(
         select id from messages where ended_at is null and expires_at <= now() order by expires_at limit $1 for update skip locked))
       returning id, key_id),
     audited as (
       insert into audit_entries (action, actor, message_id, details)
       select action, 'upkeep', ended.id, details
       from ended, lateral (values
         ('message-ended', jsonb_build_object('reason', 'expired')),
         ('key-forgotten', jsonb_build_object('masterKey', key_id))) as happened (action, details))
     select count(*)::integer as ended from ended`,
    [limit],
  )
  return rows[0]?.ended ?? 0
}
