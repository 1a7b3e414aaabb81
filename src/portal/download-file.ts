import type { FastifyInstance } from 'fastify'
import { Failure } from '#failure.ts'
import { authenticate } from './authenticate/authenticate.ts'
import { authoriseLink } from './authorise/authorise-link.ts'
import { authoriseTicket, type Permit } from './authorise/authorise-ticket.ts'
import { countDownload } from './count-download.ts'
import { entityTag } from './download/file-headers.ts'
import { openFile } from './download/open-file.ts'
import { goToMessage } from './open-message.ts'
import type { Slots } from './download-slots.ts'
import type { PortalParts } from './portal-parts.ts'
import { fileSender, type Sending } from './send-file.ts'

type FileRoute = { Params: { token: string; position: string } }
type TicketRoute = { Params: { ticket: string } }

/**
 * The path of a file out: authenticate, authorise, count, download. It takes two requests: a POST that counts and hands
 * out a ticket, and the GET of that ticket, which authorises the bytes itself, every time, and counts nothing.
 */
export function serveFiles(app: FastifyInstance, parts: PortalParts, slots: Slots): void {
  const sendFile = fileSender(app, parts, slots)

  app.post<FileRoute>('/l/:token/files/:position', async (request, reply) => {
    const visitor = await authenticate(parts, request)
    const opening = await authoriseLink(parts.db, request.params.token, visitor)
    if ('loginNeeded' in opening) return goToMessage(request, reply)
    const file = opening.files.find(candidate => String(candidate.position) === request.params.position)
    if (!file) throw new Failure('LINK_UNKNOWN')
    const ticketId = await countDownload(parts, { request, reply }, { opening, visitor, file })
    return reply.redirect(`/d/${ticketId}`, 303)
  })

  app.get<TicketRoute>('/d/:ticket', async (request, reply) => {
    const visitor = await authenticate(parts, request)
    const permit = await authoriseTicket(parts.db, request.params.ticket, visitor)
    return sendFile(request, reply, describe(parts, permit))
  })

  app.head<TicketRoute>('/d/:ticket', async (request, reply) => {
    const visitor = await authenticate(parts, request)
    const permit = await authoriseTicket(parts.db, request.params.ticket, visitor)
    return sendFile.head(reply, describe(parts, permit))
  })
}

function describe(parts: PortalParts, { opening, file, ticket }: Permit): Sending {
  const { name, mediaType, sizeBytes } = file
  const wanted = { ticketId: ticket.id, message: opening.message, file }
  return {
    name,
    mediaType,
    sizeBytes,
    entityTag: entityTag(file),
    ticketIds: [ticket.id],
    open: (range, isGone) => openFile(parts, { ...wanted, range, isGone }),
  }
}
