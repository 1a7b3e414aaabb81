import { randomUUID } from 'node:crypto'
import { hashToken, linkToken } from '#crypto/link-token.ts'
import { wrapKey, type MasterKey } from '#crypto/message-key.ts'
import { record, type NewAuditEntry } from '#database/audit.ts'
import type { Database } from '#database/database.ts'
import { insertDeliveries } from '#database/deliveries.ts'
import { insertFiles } from '#database/files.ts'
import { insertLinks, type NewLink } from '#database/links.ts'
import { insertMessage, type NewMessage } from '#database/messages.ts'
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
}

/**
 * Writes a message with its files, links, deliveries and audit entry in one transaction. When it resolves, the mail is ours:
 * nothing but PostgreSQL and the object storage is needed to deliver it.
 */
export async function commit({ db, masterKeys, linkKey }: CommitParts, sealed: SealedMail): Promise<void> {
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
  await db.transaction(async tx => {
    await insertMessage(tx, { ...message, keyId, wrappedKey: wrapped })
    await insertFiles(tx, message.id, files)
    await insertLinks(tx, links)
    await insertDeliveries(
      tx,
      links.map(link => link.id),
    )
    await record(tx, sealedEntry(sealed))
  })
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
