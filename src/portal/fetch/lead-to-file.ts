import type { FastifyReply } from 'fastify'
import type { Opening } from '#portal/open/authorise-link.ts'
import type { Exchange } from './count-download.ts'
import { describeMessage } from '#portal/open/describe-message.ts'
import { toText } from '#portal/pages/html.ts'
import { messagePage } from '#portal/open/message-page.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import { messagePath, pageContext, type PageDeps } from '#portal/server/show-page.ts'
import type { Visitor } from '#portal/login/visitor.ts'

/**
 * Leads the browser to a file that was asked for. It stays on the page meanwhile, so that our script, which says that it reads
 * JSON, gets the page as it is now as well.
 */
export async function leadToFile(
  deps: PortalDeps & PageDeps,
  { request, reply }: Exchange,
  { at, opening, visitor }: { at: string; opening: Opening; visitor: Visitor },
): Promise<FastifyReply> {
  if (request.headers.accept !== 'application/json') return reply.redirect(at, 303)
  const view = await describeMessage(deps, { opening, visitor, at: `${messagePath(request)}` })
  const page = messagePage(pageContext(deps, request, opening.message.lang), view)
  return reply.send({ at, page: toText(page) })
}
