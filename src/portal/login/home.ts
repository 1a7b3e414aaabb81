import type { FastifyInstance } from 'fastify'
import { authenticate } from './authenticate.ts'
import { homePage } from './login-page.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import { pageContext, showPage, type PageDeps } from '#portal/server/show-page.ts'

/** The first page: what this is, and a login for those who write messages here, who land where they write. */
export function serveHome(app: FastifyInstance, deps: PortalDeps & PageDeps): void {
  const { enabled } = deps.settings.compose
  app.get('/', async (request, reply) => {
    if (enabled && (await authenticate(deps, request)).accountName !== null) return reply.redirect('/new', 303)
    return showPage(reply, 200, homePage(pageContext(deps, request), enabled ? { action: '/login' } : null))
  })

  // The same answer for every path, without looking anything up. A ticket has its own.
  app.head('/*', (_, reply) => reply.type('text/html; charset=utf-8').send())
}
