import type { FastifyInstance } from 'fastify'
import { safeFileName } from '#mail/file-name.ts'
import type { ByteRange, StoredFile } from '#model.ts'
import { authoriseTicket, type Permit } from '#portal/open/authorise-link.ts'
import { bytesOfFiles, openZip } from './open-zip.ts'
import { planZip } from '#portal/open/plan-zip.ts'
import type { Slots } from './download-slots.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import { fileSender, type Sending } from './send-file.ts'
import type { PageDeps } from '#portal/server/show-page.ts'

type ZipRoute = { Params: { zip: string } }

/** Sends a zip whose tickets this browser holds. As with a file, each GET authorises the bytes itself, and counts nothing. */
export function serveZZip(app: FastifyInstance, deps: PortalDeps & PageDeps, slots: Slots): void {
  const sendFile = fileSender(app, deps, slots)

  app.get<ZipRoute>('/z/:zip', async (request, reply) => {
    const permit = await authoriseTicket(deps, request, request.params)
    return sendFile(request, reply, describe(deps, permit))
  })

  app.head<ZipRoute>('/z/:zip', async (request, reply) => {
    const permit = await authoriseTicket(deps, request, request.params)
    return sendFile.head(reply, describe(deps, permit))
  })
}

function describe(deps: PortalDeps, { message, files, ticketOf }: Permit): Sending {
  const zip = planZip(message, files)
  const charges = (range: ByteRange) =>
    bytesOfFiles(zip, range).map((bytes, index) => ({ ticketId: ticketOf.get(files[index]!.id)!, bytes }))
  return {
    name: zipName(message.subject, files),
    mediaType: 'application/zip',
    sizeBytes: zip.layout.sizeBytes,
    entityTag: zip.entityTag,
    charges,
    open: (range, isGone) => openZip(deps, zip, { range, charges: charges(range), isGone }),
  }
}

/** Called by the subject, or where there is none by the first file. */
function zipName(subject: string, files: StoredFile[]): string {
  // What stands before a slash in a subject is no folder.
  const name = subject.replaceAll(/[/\\]/g, '-').trim() || `${files[0]?.name}`
  return safeFileName(`${name}.zip`, 'application/zip', 1)
}
