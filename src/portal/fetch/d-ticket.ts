import type { FastifyInstance } from 'fastify'
import type { ByteRange, StoredFile } from '#model.ts'
import { authoriseTicket, type Permit } from '#portal/open/authorise-link.ts'
import { entityTag } from './file-headers.ts'
import { openFile } from './open-file.ts'
import type { Slots } from './download-slots.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import { fileSender, type Sending } from './send-file.ts'
import type { PageDeps } from '#portal/server/show-page.ts'

type TicketRoute = { Params: { ticket: string } }

/**
 * The second half of a file's path out: each GET of a ticket authorises the bytes itself, and counts nothing. See
 * `serveLTokenFiles` for the first half.
 */
export function serveDTicket(app: FastifyInstance, deps: PortalDeps & PageDeps, slots: Slots): void {
  const sendFile = fileSender(app, deps, slots)

  app.get<TicketRoute>('/d/:ticket', async (request, reply) => {
    const permit = await authoriseTicket(deps, request, request.params)
    return sendFile(request, reply, describe(deps, permit))
  })

  app.head<TicketRoute>('/d/:ticket', async (request, reply) => {
    const permit = await authoriseTicket(deps, request, request.params)
    return sendFile.head(reply, describe(deps, permit))
  })
}

function describe(deps: PortalDeps, { message, files, ticketOf }: Permit): Sending {
  const [file] = files as [StoredFile]
  const { name, mediaType, sizeBytes } = file
  const ticketId = ticketOf.get(file.id)!
  const charge = ({ start, end }: ByteRange) => ({ ticketId, bytes: end - start })
  return {
    name,
    mediaType,
    sizeBytes,
    entityTag: entityTag(file),
    charges: range => [charge(range)],
    open: (range, isGone) => openFile(deps, { charge: charge(range), message, file, range, isGone }),
  }
}
