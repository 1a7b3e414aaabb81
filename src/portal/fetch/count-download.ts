import type { FastifyReply, FastifyRequest } from 'fastify'
import { sessionOfPress } from '#portal/login/session.ts'
import type { Opening } from '#portal/open/authorise-link.ts'
import { askForTickets, type Asked, type Wanted } from './ask-for-tickets.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import type { Visitor } from '#portal/login/visitor.ts'

export interface Exchange {
  request: FastifyRequest
  reply: FastifyReply
}

/** What somebody pressed the button of: some files of a message that they may open. */
interface Pressed extends Pick<Wanted, 'files' | 'as'> {
  opening: Opening
  visitor: Visitor
}

/**
 * Counts one download of each file of which this browser holds no ticket, and returns the tickets with the session that they
 * are bound to: somebody who need not log in gets one. Throws `USED_UP`.
 */
export async function countDownload(
  deps: PortalDeps,
  { request, reply }: Exchange,
  { opening, visitor, files, as }: Pressed,
): Promise<Asked & { sessionHash: Buffer }> {
  const { message, link, person } = opening
  const account = message.login === 'none' ? null : await visitor.account()
  const sessionHash = visitor.sessionHash ?? (await sessionOfPress(deps, { request, reply }, visitor))
  const asked = await askForTickets(deps.db, {
    files,
    as,
    max: message.max,
    senderName: message.senderName,
    linkId: link.id,
    person,
    accountId: account?.id ?? null,
    sessionHash,
    minutes: deps.settings.portal.ticketMinutes,
    address: request.ip,
  })
  const who = { request: request.id, message: message.id, person, account: account?.id, address: request.ip }
  for (const file of asked.counted) {
    deps.log.info({ ...who, file, ...(as === 'zip' && { zip: true }) }, 'Counted a download')
  }
  return { ...asked, sessionHash }
}
