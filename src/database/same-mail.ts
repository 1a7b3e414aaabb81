import { createHash } from 'node:crypto'
import type { Queryable } from './database.ts'
import { canonical } from '#mail/address.ts'

/** What makes a mail the same as another: the very bytes, from the same sender, by the same way in. */
export interface ReceivedMail {
  sender: string
  /** Null for an MTA of a trusted network. */
  senderAccount: string | null
  /** Of the mail as it came (#crypto/fingerprint.ts). */
  mac: string
}

/** What the link of this recipient has, however their address is spelled, and no other. */
export function sameMailKey({ sender, senderAccount, mac }: ReceivedMail, recipient: string): Buffer {
  // JSON, so that no two are ever written alike.
  return createHash('sha256')
    .update(JSON.stringify([mac, sender, senderAccount, canonical(recipient)]))
    .digest()
}

/** The recipients that a mail has been sealed for already (as `canonical` spells them), and the message of each. */
export type SealedBefore = ReadonlyMap<string, string>

/**
 * A sender's MTA that missed our answer tries again within this time, mostly within minutes. A recipient whose copy
 * bounced may be sent it again, since its sender was told; but a message that was revoked stays so.
 */
const counts = `messages.created_at > now() - interval '24 hours'
  and (messages.revoked or links.revoked_at is not null
    or not exists (select from deliveries where link_id = links.id and state = 'bounced'))`

/** For which of these recipients the same mail has been sealed within the last day, whatever has become of it since. */
export async function findSameMail(db: Queryable, mail: ReceivedMail, recipients: string[]): Promise<SealedBefore> {
  const { rows } = await db.query<{ recipientKey: string; messageId: string }>(
    `select recipient_key as "recipientKey", message_id as "messageId" from links join messages on messages.id = message_id
     where same_mail = any($1) and ${counts}`,
    [recipients.map(recipient => sameMailKey(mail, recipient))],
    'find-same-mail',
  )
  return new Map(rows.map(row => [row.recipientKey, row.messageId]))
}

/** Of these recipients' links, those that `findSameMail` does not count no longer stand in the way of another. */
export async function forgetSameMail(db: Queryable, mail: ReceivedMail, recipients: string[]): Promise<void> {
  await db.query(
    `update links set same_mail = null from messages
     where messages.id = message_id and same_mail = any($1) and not (${counts})`,
    [recipients.map(recipient => sameMailKey(mail, recipient))],
  )
}

/** Whether it was thrown because one of the links would have been for the same mail to the same recipient as another. */
export function isSameMail(error: unknown): boolean {
  return (error as { constraint?: unknown }).constraint === 'links_by_same_mail'
}
