import type { Keyring } from '#crypto/keyring.ts'
import { unwrapKey, type MasterKey } from '#crypto/message-key.ts'
import { findCopyRows } from '#database/copies.ts'
import type { Queryable } from '#database/database.ts'
import { openFiles } from '#database/files.ts'
import { isGenuineLink, tokenOf, type LinkRow } from '#database/links.ts'
import { isGenuineMessage, type MessageRow } from '#database/messages.ts'
import type { FreshCopy } from '#seal/local-dispatch.ts'
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

interface FindDeps {
  db: Queryable
  masterKeys: MasterKey[]
  keyring: Keyring
  portalUrl: string
}

/**
 * A copy that cannot be written: its message has expired, a key that it needs is not among ours, or Kuvert did not write
 * the rows of its link and message.
 */
type CopyToLeave = { state: 'expired' } | { state: 'locked'; missing: string } | { state: 'forged' }

/** The copy that belongs to a link; null where there is nothing to send any more, because it was revoked or forgotten. */
export async function findCopy(deps: FindDeps, linkId: string): Promise<CopyToWrite | CopyToLeave | null> {
  const rows = await findCopyRows(deps.db, linkId)
  if (!rows || rows.link.revokedAt || rows.message.revoked) return null
  const { link, message } = rows
  const { keyring, masterKeys } = deps
  if (!message.wrappedKey || message.endedAt) return { state: 'expired' }
  if (!masterKeys.some(({ id }) => id === message.keyId))
    return { state: 'locked', missing: `master key "${message.keyId}"` }
  const unknown = [link, message].find(({ linkKeyId }) => !keyring.has(linkKeyId))
  if (unknown) return { state: 'locked', missing: `link key "${unknown.linkKeyId}"` }
  if (!isGenuineLink(keyring, link) || !isGenuineMessage(keyring, message)) return { state: 'forged' }
  const wrapped = { keyId: message.keyId, wrapped: message.wrappedKey }
  const messageKey = unwrapKey(masterKeys, message.id, wrapped)
  return readyCopy(deps, { rows: { ...rows, files: openFiles(messageKey, rows.files) }, messageKey })
}

/** The copy of a message that can be opened. */
export function readyCopy(
  { keyring, portalUrl }: Pick<FindDeps, 'keyring' | 'portalUrl'>,
  { rows, messageKey }: Pick<FreshCopy, 'rows' | 'messageKey'>,
): CopyToWrite {
  return { state: 'ready', ...rows, messageKey, url: new URL(`/l/${tokenOf(keyring, rows.link)}`, portalUrl).href }
}
