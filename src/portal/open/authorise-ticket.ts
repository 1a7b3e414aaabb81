import type { FastifyRequest } from 'fastify'
import type { MessageRow } from '#database/messages.ts'
import { Failure } from '#failure.ts'
import type { StoredFile } from '#model.ts'
import { authenticateFor } from '#portal/login/authenticate.ts'
import { authorise, type authoriseLink } from './authorise-link.ts'

/** Files of a message that this browser may be sent, now. */
export interface Permit {
  message: MessageRow
  /** In the order of the mail: one for a ticket, any number for a zip. */
  files: StoredFile[]
  /** The id of each file's ticket, by the file's id. */
  ticketOf: Map<string, string>
}

/**
 * Whether this browser may fetch by this ticket, or by those of this zip. Everything that was true when they were asked
 * for must still be: the session, the account, the message and the link. Throws `TICKET_INVALID`, or what `authoriseLink`
 * throws.
 */
export async function authoriseTicket(
  parts: Parameters<typeof authoriseLink>[0],
  request: FastifyRequest,
  way: { ticket: string } | { zip: string },
): Promise<Permit> {
  const { visitor, grant } = await authenticateFor(parts, request, way)
  // The tickets of a zip were asked for together, by one person at one link: what holds for one holds for all.
  const [ticket] = grant.tickets
  if (!ticket) throw new Failure('TICKET_INVALID')
  const opening = await authorise(parts, grant, visitor)
  if ('loginNeeded' in opening || opening.person !== ticket.person) throw new Failure('TICKET_INVALID')
  const ticketOf = new Map(grant.tickets.map(({ fileId, id }) => [fileId, id]))
  const files = opening.files.filter(file => ticketOf.has(file.id))
  if (files.length < ticketOf.size) throw new Failure('TICKET_INVALID')
  return { message: opening.message, files, ticketOf }
}
