import type { FastifyInstance } from 'fastify'
import { authenticate } from './authenticate.ts'
import { endSession } from './session.ts'
import type { PortalParts } from '#portal/server/portal-parts.ts'
import { messagePath } from '#portal/server/show-page.ts'

/** Ends the session of this browser, at a link or without one. The link is not looked up. */
export function serveLogout(app: FastifyInstance, parts: PortalParts): void {
  for (const at of ['/l/:token', '']) {
    app.post(`${at}/logout`, async (request, reply) => {
      const visitor = await authenticate(parts, request)
      if (visitor.sessionHash) await request.audit('logout')
      await endSession(parts, reply, visitor)
      return reply.redirect(messagePath(request) ?? '/', 303)
    })
  }
  app.get('/logout', (_, reply) => reply.redirect('/', 303))
}
