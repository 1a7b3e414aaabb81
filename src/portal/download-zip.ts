import type { FastifyInstance } from 'fastify'
import { findTicketsOfZip } from '#database/downloads.ts'
import { Failure } from '#failure.ts'
import { safeFileName } from '#mail/file-name.ts'
import type { StoredFile } from '#model.ts'
import { authenticate } from './authenticate/authenticate.ts'
import { authoriseLink } from './authorise/authorise-link.ts'
import { authoriseTicket } from './authorise/authorise-ticket.ts'
import { countZip } from './count-download.ts'
import { openZip, planZip } from './download/open-zip.ts'
import { goToMessage } from './open-message.ts'
import type { Slots } from './download-slots.ts'
import type { PortalParts } from './portal-parts.ts'
import { fileSender, type Sending } from './send-file.ts'
import type { Visitor } from './visitor.ts'

type TokenRoute = { Params: { token: string } }
type ZipRoute = { Params: { zip: string } }

/** The path of all files out as one zip: as for a file, with a ticket for each of them. */
export function serveZips(app: FastifyInstance, parts: PortalParts, slots: Slots): void {
  const sendFile = fileSender(app, parts, slots)

  app.post<TokenRoute>('/l/:token/zip', async (request, reply) => {
    const visitor = await authenticate(parts, request)
    const opening = await authoriseLink(parts.db, request.params.token, visitor)
    if ('loginNeeded' in opening) return goToMessage(request, reply)
    const zipId = await countZip(parts, { request, reply }, { opening, visitor })
    return reply.redirect(`/z/${zipId}`, 303)
  })

  app.get<ZipRoute>('/z/:zip', async (request, reply) => {
    const visitor = await authenticate(parts, request)
    return sendFile(request, reply, await authoriseZip(parts, request.params.zip, visitor))
  })

  app.head<ZipRoute>('/z/:zip', async (request, reply) => {
    const visitor = await authenticate(parts, request)
    return sendFile.head(reply, await authoriseZip(parts, request.params.zip, visitor))
  })
}

const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/

/** What this browser may be sent now for this zip. Throws what `authoriseTicket` does. */
async function authoriseZip(parts: PortalParts, zipId: string, visitor: Visitor): Promise<Sending> {
  const { sessionHash } = visitor
  const tickets = sessionHash && uuid.test(zipId) ? await findTicketsOfZip(parts.db, zipId, sessionHash) : []
  if (!tickets[0]) throw new Failure('TICKET_INVALID')
  // The tickets of a zip were asked for together, by one person at one link: what holds for one holds for all.
  const { opening } = await authoriseTicket(parts.db, tickets[0].id, visitor)
  const paidFor = new Set(tickets.map(ticket => ticket.fileId))
  const files = opening.files.filter(file => paidFor.has(file.id))
  const zip = planZip(opening.message, files)
  const ticketIds = tickets.map(ticket => ticket.id)
  return {
    name: zipName(opening.message.subject, files),
    mediaType: 'application/zip',
    sizeBytes: zip.layout.sizeBytes,
    entityTag: zip.entityTag,
    ticketIds,
    open: (range, isGone) => openZip(parts, zip, { range, ticketIds, isGone }),
  }
}

/** Called by the subject, or where there is none by the first file. */
function zipName(subject: string, files: StoredFile[]): string {
  // What stands before a slash in a subject is no folder.
  const name = subject.replaceAll(/[/\\]/g, '-').trim() || `${files[0]?.name}`
  return safeFileName(`${name}.zip`, 'application/zip', 1)
}
