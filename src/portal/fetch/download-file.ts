import type { FastifyInstance } from 'fastify'
import { Failure } from '#failure.ts'
import type { ByteRange } from '#model.ts'
import { authenticate } from '#portal/login/authenticate.ts'
import { authoriseLink } from '#portal/open/authorise-link.ts'
import { authoriseTicket, type Permit } from '#portal/open/authorise-ticket.ts'
import { countDownload } from './count-download.ts'
import { entityTag } from './file-headers.ts'
import { openFile } from './open-file.ts'
import { leadToFile } from './lead-to-file.ts'
import { goToMessage } from '#portal/open/open-message.ts'
import type { Slots } from './download-slots.ts'
import type { PortalParts } from '#portal/server/portal-parts.ts'
import { fileSender, type Sending } from './send-file.ts'
import type { PageParts } from '#portal/server/show-page.ts'

type FileRoute = { Params: { token: string; position: string } }
type TicketRoute = { Params: { ticket: string } }

/**
 * The path of a file out: authenticate, authorise, count, download. It takes two requests: a POST that counts and hands
 * out a ticket, or finds the one that this browser holds, and the GET of that ticket, which authorises the bytes itself, every
 * time, and counts nothing.
 */
export function serveFiles(app: FastifyInstance, parts: PortalParts & PageParts, slots: Slots): void {
  const sendFile = fileSender(app, parts, slots)

  app.post<FileRoute>('/l/:token/files/:position', async (request, reply) => {
    const visitor = await authenticate(parts, request)
    const opening = await authoriseLink(parts, request.params.token, visitor)
    if ('loginNeeded' in opening) return goToMessage(request, reply)
    const file = opening.files.find(candidate => String(candidate.position) === request.params.position)
    if (!file) throw new Failure('LINK_UNKNOWN')
    const exchange = { request, reply }
    const { ticketIds, sessionHash } = await countDownload(parts, exchange, {
      opening,
      visitor,
      files: [file],
      as: 'file',
    })
    return leadToFile(parts, exchange, { at: `/d/${ticketIds[0]}`, opening, visitor: { ...visitor, sessionHash } })
  })

  app.get<TicketRoute>('/d/:ticket', async (request, reply) => {
    const visitor = await authenticate(parts, request)
    const permit = await authoriseTicket(parts, request.params.ticket, visitor)
    return sendFile(request, reply, describe(parts, permit))
  })

  app.head<TicketRoute>('/d/:ticket', async (request, reply) => {
    const visitor = await authenticate(parts, request)
    const permit = await authoriseTicket(parts, request.params.ticket, visitor)
    return sendFile.head(reply, describe(parts, permit))
  })
}

function describe(parts: PortalParts, { opening, file, ticket }: Permit): Sending {
  const { name, mediaType, sizeBytes } = file
  const charge = ({ start, end }: ByteRange) => ({ ticketId: ticket.id, bytes: end - start })
  return {
    name,
    mediaType,
    sizeBytes,
    entityTag: entityTag(file),
    charges: range => [charge(range)],
    open: (range, isGone) => openFile(parts, { charge: charge(range), message: opening.message, file, range, isGone }),
  }
}
