import type { Queryable } from '#database/database.ts'

/** What makes a mail the same as another: the very bytes, from the same sender, by the same way in. */
export interface ReceivedMail {
  sender: string
  /** Null for an MTA of a trusted network. */
  senderAccount: string | null
  /** Of the mail as it came. */
  receivedMailMac: string
}

/** The recipients that a mail has been sealed for already, and the message of each. */
export type SealedBefore = ReadonlyMap<string, string>

/** A sender's MTA that missed our answer tries again within this time, mostly within minutes. */
const sameMailHours = 24

/**
 * For whom the same mail has been sealed within the last day, whatever has become of it since. A recipient whose copy
 * bounced is not among them: its sender was told, and may send it again; but a message that was revoked stays so.
 */
export async function findSameMail(db: Queryable, mail: ReceivedMail): Promise<SealedBefore> {
  const { rows } = await db.query<{ recipient: string; messageId: string }>(
    `select links.recipient, messages.id as "messageId" from messages join links on links.message_id = messages.id
     where received_mail_mac = $1 and sender = $2 and sender_account is not distinct from $3
       and messages.created_at > now() - make_interval(hours => $4)
       and (messages.revoked or links.revoked_at is not null
         or not exists (select from deliveries where link_id = links.id and state = 'bounced'))
     order by messages.created_at desc`,
    [mail.receivedMailMac, mail.sender, mail.senderAccount, sameMailHours],
    'find-same-mail',
  )
  // The first message is the last to be entered, and stays.
  return new Map(rows.map(row => [row.recipient, row.messageId]))
}

/** Until the transaction ends, nobody else commits the same mail. Look for it only after that, in a statement of its own. */
export async function lockSameMail(tx: Queryable, mail: ReceivedMail): Promise<void> {
  const lock = `same mail ${mail.receivedMailMac}`
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [lock], 'lock-same-mail')
}
