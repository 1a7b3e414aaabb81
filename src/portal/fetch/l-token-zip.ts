import type { FastifyInstance } from 'fastify'
import { authoriseLink } from '#portal/open/authorise-link.ts'
import { countDownload } from './count-download.ts'
import { leadToFile } from './lead-to-file.ts'
import { goToMessage } from '#portal/open/l-token.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import type { PageDeps } from '#portal/server/show-page.ts'

type TokenRoute = { Params: { token: string } }

/** The path of all files out as one zip, but for those that are used up: as for a file, with a ticket for each of them. */
export function serveLTokenZip(app: FastifyInstance, deps: PortalDeps & PageDeps): void {
  app.post<TokenRoute>('/l/:token/zip', async (request, reply) => {
    const { visitor, opening } = await authoriseLink(deps, request, request.params.token)
    if ('loginNeeded' in opening) return goToMessage(request, reply)
    const exchange = { request, reply }
    const pressed = { opening, visitor, files: opening.files, as: 'zip' } as const
    const { zipId, sessionHash } = await countDownload(deps, exchange, pressed)
    return leadToFile(deps, exchange, { at: `/z/${zipId}`, opening, visitor: { ...visitor, sessionHash } })
  })
}
