import { record } from '#database/audit.ts'
import { insertDeliveries } from '#database/deliveries.ts'
import { findLinksOfMessage, insertLinks, newLink } from '#database/links.ts'
import { addToSearchText, lockOpenMessage, type Changer } from '#database/sent-changes.ts'
import { canonical } from '#mail/address.ts'
import type { EnvelopeRecipient } from '#model.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'

/** Recipients that a message is to have as well. */
export interface ToAdd {
  messageId: string
  recipients: (EnvelopeRecipient & { isLocal: boolean })[]
  by: Changer
}

/**
 * Gives each of these a link of their own and a copy that says what the others' say, in one transaction. Whoever has a link
 * that is not withdrawn is left out, also where it came about at the same moment. False where nothing was added.
 */
export async function addRecipients(
  { db, keyring }: Pick<PortalDeps, 'db' | 'keyring'>,
  { messageId, recipients, by }: ToAdd,
): Promise<boolean> {
  return db.transaction(async tx => {
    if (!(await lockOpenMessage({ db: tx, keyring }, messageId))) return false
    const present = (await findLinksOfMessage({ db: tx, keyring }, messageId)).filter(link => !link.revokedAt)
    const have = new Set(present.map(link => link.recipientKey))
    const links = recipients
      .filter(({ address }) => !have.has(canonical(address)))
      .map(recipient => newLink(keyring, recipient, { messageId, sameMail: null }))
    if (links.length === 0) return false
    await insertLinks(tx, links)
    await addToSearchText(
      tx,
      messageId,
      links.map(link => link.recipient),
    )
    await insertDeliveries(
      tx,
      links.map(link => link.id),
      'added',
    )
    await record(
      tx,
      ...links.map(({ id: link, recipientKey: recipient }) => ({
        action: 'recipient-added' as const,
        ...by,
        messageId,
        details: { link, recipient },
      })),
    )
    return true
  })
}
