import { systemUser } from './system-user.ts'
import { withDatabase } from './with-database.ts'
import type { Database } from '#database/database.ts'
import { findRevocable, findRevocableLinks, revokeLink, revokeMessage } from '#database/endings.ts'
import { canonical } from '#mail/address.ts'
import { uuid } from '#platform/uuid.ts'

interface Asked {
  configFile: string | undefined
  /** As the sender was told with the 250, and as the log has it. */
  messageId: string
  /** Whose link alone to withdraw; undefined is the whole message. */
  recipient: string | undefined
}

/** `kuvert revoke`: 0 where the message or the link opens nothing any more, 1 where there is no such thing. */
export function runRevoke({ configFile, messageId, recipient }: Asked): Promise<number> {
  const id = messageId.toLowerCase()
  return withDatabase(configFile, async db => {
    const message = uuid.test(id) ? await findRevocable(db, id) : null
    if (!message) {
      console.error(`There is no message ${messageId}. Its id is in the answer that the sender got, and in the log.`)
      return 1
    }
    if (recipient !== undefined) return revokeOne(db, message.id, recipient)
    const isDone = await revokeMessage(db, message.id, { actor: `admin:${systemUser()}` })
    console.log(
      isDone
        ? 'The message is withdrawn: nobody can open it any more, and copies that were not sent yet will not be. Its files are removed from storage by the upkeep.'
        : `The message had ${message.revoked ? 'been withdrawn' : 'expired'} already.`,
    )
    return 0
  })
}

async function revokeOne(db: Database, messageId: string, recipient: string): Promise<number> {
  const links = await findRevocableLinks(db, messageId)
  const own = links.filter(link => link.recipientKey === canonical(recipient))
  if (own.length === 0) {
    console.error(`The message has no recipient ${recipient}. It has:`)
    for (const link of links) console.error(link.recipient)
    return 1
  }
  let revoked = 0
  for (const link of own) if (await revokeLink(db, link.id, { actor: `admin:${systemUser()}` })) revoked += 1
  console.log(
    revoked > 0
      ? `The link of ${recipient} is withdrawn. The other recipients can open the message as before.`
      : `The link of ${recipient} had been withdrawn already.`,
  )
  return 0
}
