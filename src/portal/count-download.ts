import { randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { StoredFile } from '#model.ts'
import { beginSession } from './authenticate/session.ts'
import type { Opening } from './authorise/authorise-link.ts'
import { askForTickets } from './count/ask-for-tickets.ts'
import type { PortalParts } from './portal-parts.ts'
import type { Visitor } from './visitor.ts'

interface Exchange {
  request: FastifyRequest
  reply: FastifyReply
}

/** Counts one download of a file and returns its ticket. Somebody who need not log in gets a session to bind it to. */
export async function countDownload(
  parts: PortalParts,
  exchange: Exchange,
  { opening, visitor, file }: { opening: Opening; visitor: Visitor; file: StoredFile },
): Promise<string> {
  const [ticketId] = await count(parts, exchange, { opening, visitor, files: [file], zipId: null })
  return ticketId!
}

/** Counts one download of every file of a message, all or none, and returns the id of the zip of them. */
export async function countZip(
  parts: PortalParts,
  exchange: Exchange,
  { opening, visitor }: { opening: Opening; visitor: Visitor },
): Promise<string> {
  const zipId = randomUUID()
  await count(parts, exchange, { opening, visitor, files: opening.files, zipId })
  return zipId
}

async function count(
  parts: PortalParts,
  { request, reply }: Exchange,
  counted: { opening: Opening; visitor: Visitor; files: StoredFile[]; zipId: string | null },
): Promise<string[]> {
  const { opening, visitor, files, zipId } = counted
  const { message, link, person } = opening
  const account = message.login === 'none' ? null : await visitor.account()
  const sessionHash = visitor.sessionHash ?? (await beginSession(parts, reply, { visitor, account: null }))
  const ticketIds = await askForTickets(parts.db, {
    files,
    zipId,
    max: message.max,
    senderName: message.senderName,
    linkId: link.id,
    person,
    accountId: account?.id ?? null,
    sessionHash,
    minutes: parts.settings.portal.ticketMinutes,
    address: request.ip,
  })
  const who = { request: request.id, message: message.id, person, account: account?.id, address: request.ip }
  for (const file of files) {
    parts.log.info({ ...who, file: file.id, ...(zipId !== null && { zip: true }) }, 'Counted a download')
  }
  return ticketIds
}
