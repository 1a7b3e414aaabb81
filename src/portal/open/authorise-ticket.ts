import { findTicket, type DownloadRow } from '#database/downloads.ts'
import { findLink } from '#database/links.ts'
import { Failure } from '#failure.ts'
import type { StoredFile } from '#model.ts'
import type { Visitor } from '#portal/login/visitor.ts'
import { authorise, type Opening } from './authorise-link.ts'
import { uuid } from '#platform/uuid.ts'

/** A file that this browser may be sent, now. */
export interface Permit {
  ticket: DownloadRow
  opening: Opening
  file: StoredFile
}

type Parts = Parameters<typeof authorise>[0]

/**
 * Whether this browser may fetch by this ticket. Everything that was true when the ticket was asked for must still
 * be: the session, the account, the message and the link. Throws `TICKET_INVALID`, or what `authoriseLink` throws.
 */
export async function authoriseTicket(parts: Parts, ticketId: string, visitor: Visitor): Promise<Permit> {
  const isAskable = visitor.sessionHash !== null && uuid.test(ticketId)
  const ticket = isAskable ? await findTicket(parts.db, ticketId, visitor.sessionHash!) : null
  if (!ticket) throw new Failure('TICKET_INVALID')
  const opening = await authorise(parts, await findLink(parts, ticket.linkId), visitor)
  if ('loginNeeded' in opening || opening.person !== ticket.person) throw new Failure('TICKET_INVALID')
  const file = opening.files.find(candidate => candidate.id === ticket.fileId)
  if (!file) throw new Failure('TICKET_INVALID')
  return { ticket, opening, file }
}
