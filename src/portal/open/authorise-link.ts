import { randomUUID } from 'node:crypto'
import { unwrapKey, type MasterKey } from '#crypto/message-key.ts'
import { findFiles, openFiles } from '#database/files.ts'
import { findLinkByToken, findLinksOfMessage, type LinkRow } from '#database/links.ts'
import { findMessage, type MessageRow } from '#database/messages.ts'
import type { Rows } from '#database/rows.ts'
import { Failure } from '#failure.ts'
import type { Language, StoredFile } from '#model.ts'
import type { Visitor } from '#portal/login/visitor.ts'
import { decideAccess } from './decide-access.ts'

type Parts = Rows & { masterKeys: readonly MasterKey[] }

/** A message that this visitor may open, now. */
export interface Opening {
  message: MessageRow
  /** The link that was followed. */
  link: LinkRow
  /** Whom it counts for. */
  person: string
  files: StoredFile[]
}

/** A live message, of which nothing may be told before a login. */
export interface LoginNeeded {
  loginNeeded: true
  language: Language
  /** Whether the link's recipient is an outsider, who logs in with a code. */
  byCode: boolean
}

/**
 * Whether this visitor may open what a token leads to. Throws `LINK_UNKNOWN` for whatever this visitor is to
 * learn nothing of; `LINK_EXPIRED` and `LINK_REVOKED` for a rightful recipient only; `NOT_A_RECIPIENT`.
 */
export async function authoriseLink(parts: Parts, token: string, visitor: Visitor): Promise<Opening | LoginNeeded> {
  return authorise(parts, await findLinkByToken(parts, token), visitor)
}

/** The same for a link that is known. */
export async function authorise(parts: Parts, link: LinkRow | null, visitor: Visitor): Promise<Opening | LoginNeeded> {
  // An unknown token is asked about as an ended one is, so that it takes as long.
  const messageId = link?.messageId ?? randomUUID()
  const message = await findMessage(parts, messageId)
  const links = await findLinksOfMessage(parts, messageId)
  const account = message?.login === 'none' ? null : await visitor.account()
  if (!link || !message) throw new Failure('LINK_UNKNOWN')

  const ended = howItEnded(message, link)
  // Somebody whose link was revoked is still told so.
  const counting = ended ? links : links.filter(other => !other.revokedAt)
  const access = decideAccess({
    login: message.login,
    links: counting,
    followed: link,
    account,
    outsider: visitor.outsider,
  })
  if (ended) throw access.may === 'open' ? tell(ended, message) : new Failure('LINK_UNKNOWN')
  if (access.may === 'log in') return { loginNeeded: true, language: message.lang, byCode: !link.isLocal }
  if (access.may === 'nothing') throw new Failure('NOT_A_RECIPIENT')
  return { message, link, person: access.person, files: await filesOf(parts, message) }
}

async function filesOf({ db, masterKeys }: Parts, { id, keyId, wrappedKey }: MessageRow): Promise<StoredFile[]> {
  const rows = await findFiles(db, id)
  if (!wrappedKey) throw new Error(`The message ${id} has no key.`)
  return openFiles(unwrapKey(masterKeys, id, { keyId, wrapped: wrappedKey }), rows)
}

/** How a message came to its end for the holder of a link; null while it can be opened. */
export function howItEnded(message: MessageRow, link: LinkRow): 'LINK_REVOKED' | 'LINK_EXPIRED' | null {
  if (message.revoked || link.revokedAt) return 'LINK_REVOKED'
  return message.endedAt || message.expiresAt <= new Date() ? 'LINK_EXPIRED' : null
}

function tell(ended: 'LINK_REVOKED' | 'LINK_EXPIRED', { senderName, expiresAt, lang }: MessageRow): Failure {
  return new Failure(ended, { senderName, expiresAt, lang })
}
