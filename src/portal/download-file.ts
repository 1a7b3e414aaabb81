import type { FastifyInstance } from 'fastify'
import { markFinished } from '#database/downloads.ts'
import { Failure } from '#failure.ts'
import { authenticate } from './authenticate/authenticate.ts'
import { authoriseLink } from './authorise/authorise-link.ts'
import { authoriseTicket } from './authorise/authorise-ticket.ts'
import { countDownload } from './count-download.ts'
import { chooseSlice } from './download/byte-range.ts'
import { entityTag, fileHeaders } from './download/file-headers.ts'
import { openFile } from './download/open-file.ts'
import { goToMessage } from './open-message.ts'
import type { PortalParts } from './portal-parts.ts'
import { sendFile } from './send-file.ts'

type FileRoute = { Params: { token: string; position: string } }
type TicketRoute = { Params: { ticket: string } }

/**
 * The path of a file out: authenticate, authorise, count, download. It takes two requests: a POST that counts and hands
 * out a ticket, and the GET of that ticket, which authorises the bytes itself, every time, and counts nothing.
 */
export function serveFiles(app: FastifyInstance, parts: PortalParts): void {
  const noteFinished = finishedNotes(app, parts)

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
    const { opening, file, ticket } = await authoriseTicket(parts.db, request.params.ticket, visitor)
    const slice = chooseSlice(request.headers, file.sizeBytes, entityTag(file))
    if (slice.status === 416) return reply.code(416).headers(fileHeaders(file, slice)).send()
    const { range } = slice
    const source = await openFile(parts, { ticketId: ticket.id, message: opening.message, file, range })
    reply.code(slice.status).headers(fileHeaders(file, slice))
    const onSent = () => range.end === file.sizeBytes && noteFinished(ticket.id)
    return sendFile(parts.log, { request, reply }, { source, onSent })
  })

  // What a download manager asks first: the size, and whether it may resume. No object is opened.
  app.head<TicketRoute>('/d/:ticket', async (request, reply) => {
    const visitor = await authenticate(parts, request)
    const { file } = await authoriseTicket(parts.db, request.params.ticket, visitor)
    const slice = { status: 200, range: { start: 0, end: file.sizeBytes } } as const
    return reply.code(200).headers(fileHeaders(file, slice)).send()
  })
}

/** Notes finished downloads after their answers; closing waits for the notes. */
function finishedNotes(app: FastifyInstance, { db, log }: Pick<PortalParts, 'db' | 'log'>): (ticketId: string) => void {
  const running = new Set<Promise<void>>()
  app.addHook('onClose', async () => {
    await Promise.all(running)
  })
  return ticketId => {
    // The file has been sent: that it cannot be noted is for the log alone.
    const note = markFinished(db, ticketId)
      .catch((error: unknown) => log.warn({ err: error }, 'A finished download was not noted'))
      .finally(() => running.delete(note))
    running.add(note)
  }
}
