import type { FastifyReply, FastifyRequest } from 'fastify'
import { beginSession } from './authenticate/session.ts'
import type { Opening } from './authorise/authorise-link.ts'
import { askForTicket } from './count/ask-for-ticket.ts'
import type { StoredFile } from '#model.ts'
import type { PortalParts } from './portal-parts.ts'
import type { Visitor } from './visitor.ts'

/** Counts one download of a file and returns its ticket. Somebody who need not log in gets a session to bind it to. */
export async function countDownload(
  parts: PortalParts,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  { opening, visitor, file }: { opening: Opening; visitor: Visitor; file: StoredFile },
): Promise<string> {
  const { message, link, person } = opening
  const account = message.login === 'none' ? null : await visitor.account()
  const sessionHash = visitor.sessionHash ?? (await beginSession(parts, reply, { visitor, account: null }))
  const ticketId = await askForTicket(parts.db, {
    fileId: file.id,
    max: message.max,
    senderName: message.senderName,
    linkId: link.id,
    person,
    accountId: account?.id ?? null,
    sessionHash,
    minutes: parts.settings.portal.ticketMinutes,
    address: request.ip,
  })
  parts.log.info(
    { request: request.id, message: message.id, file: file.id, person, account: account?.id, address: request.ip },
    'Counted a download',
  )
  return ticketId
}
