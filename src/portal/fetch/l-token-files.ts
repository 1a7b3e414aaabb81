import type { FastifyInstance } from 'fastify'
import { Failure } from '#failure.ts'
import { authoriseLink } from '#portal/open/authorise-link.ts'
import { countDownload } from './count-download.ts'
import { leadToFile } from './lead-to-file.ts'
import { goToMessage } from '#portal/open/l-token.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import type { PageDeps } from '#portal/server/show-page.ts'

type FileRoute = { Params: { token: string; position: string } }

/**
 * The path of a file out: authenticate, authorise, count, download. It takes two requests. This POST counts and hands out
 * a ticket, or finds the one that this browser holds; the GET of the ticket sends the bytes (`serveDTicket`).
 */
export function serveLTokenFiles(app: FastifyInstance, deps: PortalDeps & PageDeps): void {
  app.post<FileRoute>('/l/:token/files/:position', async (request, reply) => {
    const { visitor, opening } = await authoriseLink(deps, request, request.params.token)
    if ('loginNeeded' in opening) return goToMessage(request, reply)
    const file = opening.files.find(candidate => String(candidate.position) === request.params.position)
    if (!file) throw new Failure('LINK_UNKNOWN')
    const exchange = { request, reply }
    const { ticketIds, sessionHash } = await countDownload(deps, exchange, {
      opening,
      visitor,
      files: [file],
      as: 'file',
    })
    return leadToFile(deps, exchange, { at: `/d/${ticketIds[0]}`, opening, visitor: { ...visitor, sessionHash } })
  })
}
