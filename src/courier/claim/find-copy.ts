import { linkToken } from '#crypto/link-token.ts'
import { unwrapKey, type MasterKey } from '#crypto/message-key.ts'
import { findCopyRows } from '#database/copies.ts'
import type { Queryable } from '#database/database.ts'
import type { LinkRow } from '#database/links.ts'
import type { MessageRow } from '#database/messages.ts'
import type { FreshCopy } from '#hand-over.ts'
import type { StoredFile, StoredSlim } from '#model.ts'

/** All that is needed to write one recipient's copy. */
export interface CopyToWrite {
  state: 'ready'
  message: MessageRow
  messageKey: Buffer
  files: StoredFile[]
  slim: StoredSlim
  link: LinkRow
  url: string
}

interface FindParts {
  db: Queryable
  masterKeys: MasterKey[]
  linkKey: Buffer
  portalUrl: string
}

/** A copy that cannot be written: its message has expired, or the master key of its message is not among ours. */
type CopyWithoutKey =
  { state: 'expired'; message: MessageRow; link: LinkRow } | { state: 'locked'; message: MessageRow; link: LinkRow }

/** The copy that belongs to a link; null where there is nothing to send any more, because it was revoked or forgotten. */
export async function findCopy(parts: FindParts, linkId: string): Promise<CopyToWrite | CopyWithoutKey | null> {
  const rows = await findCopyRows(parts.db, linkId)
  if (!rows || rows.link.revokedAt || rows.message.revoked) return null
  const { link, message } = rows
  if (!message.wrappedKey || message.endedAt) return { state: 'expired', message, link }
  if (!parts.masterKeys.some(({ id }) => id === message.keyId)) return { state: 'locked', message, link }
  const wrapped = { keyId: message.keyId, wrapped: message.wrappedKey }
  return readyCopy(parts, { rows, messageKey: unwrapKey(parts.masterKeys, message.id, wrapped) })
}

/** The copy of a message that can be opened. */
export function readyCopy(
  { linkKey, portalUrl }: Pick<FindParts, 'linkKey' | 'portalUrl'>,
  { rows, messageKey }: Pick<FreshCopy, 'rows' | 'messageKey'>,
): CopyToWrite {
  const { message, link } = rows
  const token = linkToken(linkKey, { messageId: message.id, linkId: link.id, generation: link.generation })
  return { state: 'ready', ...rows, messageKey, url: new URL(`/l/${token}`, portalUrl).href }
}
