import { linkToken } from '#crypto/link-token.ts'
import { unwrapKey, type MasterKey } from '#crypto/message-key.ts'
import type { Queryable } from '#database/database.ts'
import { findFiles } from '#database/files.ts'
import { findLink, type LinkRow } from '#database/links.ts'
import { findMessage, type MessageRow } from '#database/messages.ts'
import type { StoredFile } from '#model.ts'

/** All that is needed to write one recipient's copy. */
export interface CopyToWrite {
  message: MessageRow
  messageKey: Buffer
  files: StoredFile[]
  link: LinkRow
  url: string
}

interface FindParts {
  db: Queryable
  masterKeys: MasterKey[]
  linkKey: Buffer
  portalUrl: string
}

/** A copy that came too late: its message has expired. */
export interface ExpiredCopy {
  message: MessageRow
  messageKey: null
  link: LinkRow
}

/** The copy that belongs to a link; null where there is nothing to send any more, because it was revoked or forgotten. */
export async function findCopy(parts: FindParts, linkId: string): Promise<CopyToWrite | ExpiredCopy | null> {
  const link = await findLink(parts.db, linkId)
  if (!link || link.revokedAt) return null
  const message = await findMessage(parts.db, link.messageId)
  if (!message || message.revoked) return null
  if (!message.wrappedKey || message.endedAt) return { message, messageKey: null, link }
  const token = linkToken(parts.linkKey, { messageId: message.id, linkId: link.id, generation: link.generation })
  return {
    message,
    messageKey: unwrapKey(parts.masterKeys, message.id, { keyId: message.keyId, wrapped: message.wrappedKey }),
    files: await findFiles(parts.db, message.id),
    link,
    url: new URL(`/l/${token}`, parts.portalUrl).href,
  }
}
