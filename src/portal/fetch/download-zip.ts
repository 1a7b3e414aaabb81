import type { FastifyInstance } from 'fastify'
import { findTicketsOfZip } from '#database/downloads.ts'
import { Failure } from '#failure.ts'
import { safeFileName } from '#mail/file-name.ts'
import type { ByteRange, StoredFile } from '#model.ts'
import { authenticate } from '#portal/login/authenticate.ts'
import { authoriseLink } from '#portal/open/authorise-link.ts'
import { authoriseTicket } from '#portal/open/authorise-ticket.ts'
import { countDownload } from './count-download.ts'
import { bytesOfFiles, openZip } from './open-zip.ts'
import { planZip } from '#portal/open/plan-zip.ts'
import { leadToFile } from './lead-to-file.ts'
import { goToMessage } from '#portal/open/open-message.ts'
import type { Slots } from './download-slots.ts'
import type { PortalParts } from '#portal/server/portal-parts.ts'
import { fileSender, type Sending } from './send-file.ts'
import type { PageParts } from '#portal/server/show-page.ts'
import type { Visitor } from '#portal/login/visitor.ts'
import { uuid } from '#platform/uuid.ts'

type TokenRoute = { Params: { token: string } }
type ZipRoute = { Params: { zip: string } }

/** The path of all files out as one zip, but for those that are used up: as for a file, with a ticket for each of them. */
export function serveZips(app: FastifyInstance, parts: PortalParts & PageParts, slots: Slots): void {
  const sendFile = fileSender(app, parts, slots)

  app.post<TokenRoute>('/l/:token/zip', async (request, reply) => {
    const visitor = await authenticate(parts, request)
    const opening = await authoriseLink(parts, request.params.token, visitor)
    if ('loginNeeded' in opening) return goToMessage(request, reply)
    const exchange = { request, reply }
    const pressed = { opening, visitor, files: opening.files, as: 'zip' } as const
    const { zipId, sessionHash } = await countDownload(parts, exchange, pressed)
    return leadToFile(parts, exchange, { at: `/z/${zipId}`, opening, visitor: { ...visitor, sessionHash } })
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

/** What this browser may be sent now for this zip. Throws what `authoriseTicket` does. */
async function authoriseZip(parts: PortalParts, zipId: string, visitor: Visitor): Promise<Sending> {
  const { sessionHash } = visitor
  const tickets = sessionHash && uuid.test(zipId) ? await findTicketsOfZip(parts.db, zipId, sessionHash) : []
  if (!tickets[0]) throw new Failure('TICKET_INVALID')
  // The tickets of a zip were asked for together, by one person at one link: what holds for one holds for all.
  const { opening } = await authoriseTicket(parts, tickets[0].id, visitor)
  const ticketOf = new Map(tickets.map(ticket => [ticket.fileId, ticket.id]))
  const files = opening.files.filter(file => ticketOf.has(file.id))
  const zip = planZip(opening.message, files)
  const charges = (range: ByteRange) =>
    bytesOfFiles(zip, range).map((bytes, index) => ({ ticketId: ticketOf.get(files[index]!.id)!, bytes }))
  return {
    name: zipName(opening.message.subject, files),
    mediaType: 'application/zip',
    sizeBytes: zip.layout.sizeBytes,
    entityTag: zip.entityTag,
    charges,
    open: (range, isGone) => openZip(parts, zip, { range, charges: charges(range), isGone }),
  }
}

/** Called by the subject, or where there is none by the first file. */
function zipName(subject: string, files: StoredFile[]): string {
  // What stands before a slash in a subject is no folder.
  const name = subject.replaceAll(/[/\\]/g, '-').trim() || `${files[0]?.name}`
  return safeFileName(`${name}.zip`, 'application/zip', 1)
}
