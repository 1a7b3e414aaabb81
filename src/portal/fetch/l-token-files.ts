import type { FastifyInstance } from 'fastify'
import { Failure } from '#failure.ts'
import { authoriseLink } from '#portal/open/authorise-link.ts'
import { countDownload } from './count-download.ts'
import { leadToFile } from './lead-to-file.ts'
import { goToMessage } from '#portal/open/l-token.ts'
import type { PortalParts } from '#portal/server/portal-parts.ts'
import type { PageParts } from '#portal/server/show-page.ts'

type FileRoute = { Params: { token: string; position: string } }

/**
 * The path of a file out: authenticate, authorise, count, download. It takes two requests. This POST counts and hands out
 * a ticket, or finds the one that this browser holds; the GET of the ticket sends the bytes (`serveDTicket`).
 */
export function serveLTokenFiles(app: FastifyInstance, parts: PortalParts & PageParts): void {
  app.post<FileRoute>('/l/:token/files/:position', async (request, reply) => {
    const { visitor, opening } = await authoriseLink(parts, request, request.params.token)
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
}
