import { randomUUID } from 'node:crypto'
import { hashToken, linkToken } from '#crypto/link-token.ts'
import { wrapKey, type MasterKey } from '#crypto/message-key.ts'
import { record, type NewAuditEntry } from '#database/audit.ts'
import type { Database, Queryable } from '#database/database.ts'
import { insertDeliveries } from '#database/deliveries.ts'
import { insertFiles } from '#database/files.ts'
import { insertLinks, type NewLink } from '#database/links.ts'
import { insertMessage, type NewMessage } from '#database/messages.ts'
import { findSameMail, lockSameMail, type SealedBefore } from '#database/same-mail.ts'
import type { EnvelopeRecipient, StoredFile } from '#model.ts'

export interface CommitParts {
  db: Database
  masterKeys: MasterKey[]
  linkKey: Buffer
}

export interface SealedMail {
  message: Omit<NewMessage, 'keyId' | 'wrappedKey'>
  messageKey: Buffer
  files: StoredFile[]
  recipients: (EnvelopeRecipient & { isLocal: boolean })[]
  /** Where it came from. */
  address: string
  /** What must become so together with it, or not at all. */
  also?: (tx: Queryable) => Promise<void>
}

/** Which message the recipients have, and for how many of them it is this one. */
export interface Committed {
  messageId: string
  recipients: number
}

/**
 * Writes a message with its files, links, deliveries and audit entry in one transaction. When it resolves, the mail is ours:
 * nothing but PostgreSQL and the object storage is needed to deliver it.
 *
 * Recipients that the same mail has been sealed for already are left out, also where that happens at the same moment.
 * Where nobody is left, nothing is written, and the message is the earlier one.
 */
export async function commit(parts: CommitParts, sealed: SealedMail): Promise<Committed> {
  const { message } = sealed
  return parts.db.transaction(async tx => {
    const before = await sealedBefore(tx, message)
    const recipients = sealed.recipients.filter(recipient => !before.has(recipient.address))
    if (recipients.length > 0) await write(tx, parts, { ...sealed, recipients })
    const messageId = recipients.length > 0 ? message.id : before.get(sealed.recipients[0]!.address)!
    return { messageId, recipients: recipients.length }
  })
}

async function sealedBefore(tx: Queryable, message: SealedMail['message']): Promise<SealedBefore> {
  const { sender, senderAccount, receivedMailMac } = message
  if (receivedMailMac === null) return new Map()
  const mail = { sender, senderAccount, receivedMailMac }
  await lockSameMail(tx, mail)
  return findSameMail(tx, mail)
}

async function write(tx: Queryable, { masterKeys, linkKey }: CommitParts, sealed: SealedMail): Promise<void> {
  const { message, files, recipients } = sealed
  const { keyId, wrapped } = wrapKey(masterKeys, message.id, sealed.messageKey)
  const links = recipients.map((recipient): NewLink => {
    const link = { messageId: message.id, linkId: randomUUID(), generation: 0 }
    return {
      id: link.linkId,
      messageId: message.id,
      recipient: recipient.address,
      recipientParameters: recipient.parameters,
      isLocal: recipient.isLocal,
      generation: link.generation,
      tokenHash: hashToken(linkToken(linkKey, link)),
    }
  })
  const addresses = recipients.map(recipient => recipient.address)
  await insertMessage(tx, { ...message, keyId, wrappedKey: wrapped }, addresses)
  await insertFiles(tx, message.id, files)
  await insertLinks(tx, links)
  await insertDeliveries(
    tx,
    links.map(link => link.id),
  )
  await sealed.also?.(tx)
  await record(tx, sealedEntry(sealed))
}

function sealedEntry({ message, files, recipients, address }: SealedMail): NewAuditEntry {
  const { id: messageId, sender, senderAccount, login, max } = message
  return {
    action: 'message-sealed',
    actor: senderAccount === null ? `sender:${sender}` : `account:${senderAccount}`,
    messageId,
    address,
    details: {
      sender,
      login,
      private: message.private,
      max: max ?? undefined,
      files: files.length,
      recipients: recipients.length,
      expiresAt: message.expiresAt.toISOString(),
    },
  }
}
