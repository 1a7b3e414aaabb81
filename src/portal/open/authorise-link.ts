import type { FastifyRequest } from 'fastify'
import { unwrapKey } from '#crypto/message-key.ts'
import { openFiles } from '#database/files.ts'
import type { Grant } from '#database/grants.ts'
import type { LinkRow } from '#database/links.ts'
import type { MessageRow } from '#database/messages.ts'
import { Failure } from '#failure.ts'
import type { Language, StoredFile } from '#model.ts'
import { authenticateFor } from '#portal/login/authenticate.ts'
import type { Visitor } from '#portal/login/visitor.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import { decideAccess } from './decide-access.ts'

type Deps = Pick<PortalDeps, 'db' | 'keyring' | 'masterKeys' | 'directory' | 'settings'>

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

/** Files of a message that this browser may be sent, now. */
export interface Permit {
  message: MessageRow
  /** In the order of the mail: one for a ticket, any number for a zip. */
  files: StoredFile[]
  /** The id of each file's ticket, by the file's id. */
  ticketOf: Map<string, string>
}

/**
 * Who sent a request, and whether they may open what its token leads to. Throws `LINK_UNKNOWN` for whatever this visitor is
 * to learn nothing of; `LINK_EXPIRED` and `LINK_REVOKED` for a rightful recipient only; `NOT_A_RECIPIENT`.
 */
export async function authoriseLink(
  deps: Deps,
  request: FastifyRequest,
  token: string,
): Promise<{ visitor: Visitor; opening: Opening | LoginNeeded }> {
  const { visitor, grant } = await authenticateFor(deps, request, { token })
  return { visitor, opening: await authorise(deps, grant, visitor) }
}

/**
 * Whether this browser may fetch by this ticket, or by those of this zip. Everything that was true when they were asked
 * for must still be: the session, the account, the message and the link. Throws `TICKET_INVALID`, or what `authoriseLink`
 * throws.
 */
export async function authoriseTicket(
  deps: Deps,
  request: FastifyRequest,
  way: { ticket: string } | { zip: string },
): Promise<Permit> {
  const { visitor, grant } = await authenticateFor(deps, request, way)
  // The tickets of a zip were asked for together, by one person at one link: what holds for one holds for all.
  const [ticket] = grant.tickets
  if (!ticket) throw new Failure('TICKET_INVALID')
  const opening = await authorise(deps, grant, visitor)
  if ('loginNeeded' in opening || opening.person !== ticket.person) throw new Failure('TICKET_INVALID')
  const ticketOf = new Map(grant.tickets.map(({ fileId, id }) => [fileId, id]))
  const files = opening.files.filter(file => ticketOf.has(file.id))
  if (files.length < ticketOf.size) throw new Failure('TICKET_INVALID')
  return { message: opening.message, files, ticketOf }
}

/** Whether a visitor may open the message of a grant. Throws what `authoriseLink` does. */
async function authorise(
  { masterKeys }: Pick<Deps, 'masterKeys'>,
  { link, message, links, files }: Grant,
  visitor: Visitor,
): Promise<Opening | LoginNeeded> {
  // Asked for an unknown token, too, so that it takes as long.
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
  const { id, keyId, wrappedKey } = message
  if (!wrappedKey) throw new Error(`The message ${id} has no key.`)
  const key = unwrapKey(masterKeys, id, { keyId, wrapped: wrappedKey })
  return { message, link, person: access.person, files: openFiles(key, files) }
}

/** How a message came to its end for the holder of a link; null while it can be opened. */
export function howItEnded(message: MessageRow, link: LinkRow): 'LINK_REVOKED' | 'LINK_EXPIRED' | null {
  if (message.revoked || link.revokedAt) return 'LINK_REVOKED'
  return message.endedAt || message.expiresAt <= new Date() ? 'LINK_EXPIRED' : null
}

function tell(ended: 'LINK_REVOKED' | 'LINK_EXPIRED', { senderName, expiresAt, lang }: MessageRow): Failure {
  return new Failure(ended, { senderName, expiresAt, lang })
}
