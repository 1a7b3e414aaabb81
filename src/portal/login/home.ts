import type { FastifyInstance } from 'fastify'
import { authenticate } from './authenticate.ts'
import { homePage } from './login-page.ts'
import type { PortalParts } from '#portal/server/portal-parts.ts'
import { pageContext, showPage, type PageParts } from '#portal/server/show-page.ts'

/** The first page: what this is, and a login for those who write messages here, who land where they write. */
export function serveHome(app: FastifyInstance, parts: PortalParts & PageParts): void {
  const { enabled } = parts.settings.compose
  app.get('/', async (request, reply) => {
    if (enabled && (await authenticate(parts, request)).accountName !== null) return reply.redirect('/new', 303)
    return showPage(reply, 200, homePage(pageContext(parts, request), enabled ? { action: '/login' } : null))
  })

  // The same answer for every path, without looking anything up. A ticket has its own.
  app.head('/*', (_, reply) => reply.type('text/html; charset=utf-8').send())
}
