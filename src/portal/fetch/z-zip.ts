import type { FastifyInstance } from 'fastify'
import { findTicketsOfZip } from '#database/downloads.ts'
import { Failure } from '#failure.ts'
import { safeFileName } from '#mail/file-name.ts'
import type { ByteRange, StoredFile } from '#model.ts'
import { authenticate } from '#portal/login/authenticate.ts'
import { authoriseTicket } from '#portal/open/authorise-ticket.ts'
import { bytesOfFiles, openZip } from './open-zip.ts'
import { planZip } from '#portal/open/plan-zip.ts'
import type { Slots } from './download-slots.ts'
import type { PortalParts } from '#portal/server/portal-parts.ts'
import { fileSender, type Sending } from './send-file.ts'
import type { PageParts } from '#portal/server/show-page.ts'
import type { Visitor } from '#portal/login/visitor.ts'
import { uuid } from '#platform/uuid.ts'

type ZipRoute = { Params: { zip: string } }

/** Sends a zip whose tickets this browser holds. As with a file, each GET authorises the bytes itself, and counts nothing. */
export function serveZZip(app: FastifyInstance, parts: PortalParts & PageParts, slots: Slots): void {
  const sendFile = fileSender(app, parts, slots)

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
