import type { FastifyInstance } from 'fastify'
import { authenticate } from './authenticate.ts'
import { endSession } from './session.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import { messagePath } from '#portal/server/show-page.ts'

/** Ends the session of this browser, at a link or without one. The link is not looked up. */
export function serveLogout(app: FastifyInstance, deps: PortalDeps): void {
  for (const at of ['/l/:token', '']) {
    app.post(`${at}/logout`, async (request, reply) => {
      const visitor = await authenticate(deps, request)
      if (visitor.sessionHash) await request.audit('logout')
      await endSession(deps, reply, visitor)
      return reply.redirect(messagePath(request) ?? '/', 303)
    })
  }
  app.get('/logout', (_, reply) => reply.redirect('/', 303))
}
