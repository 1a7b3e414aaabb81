import type { FastifyInstance } from 'fastify'
import { authenticate } from './authenticate.ts'
import { logInByForm } from './require-account.ts'
import { endSession } from './session.ts'
import type { PortalParts } from '#portal/server/portal-parts.ts'
import { messagePath } from '#portal/server/show-page.ts'

/** Pages that a login may lead to: those of whoever writes messages here, and no other site's. */
const staffPage = /^\/(?:new|drafts|sent|received|account)(?:\/[\w-]+)*$/

/**
 * Login and logout. Neither looks at the link: what a login answers says nothing about it, and whoever is logged in
 * is sent back to it. Without a link, one lands where messages are written.
 */
export function serveLogin(app: FastifyInstance, parts: PortalParts): void {
  app.post('/l/:token/login', async (request, reply) => {
    await logInByForm(parts, request, reply)
    return reply.redirect(messagePath(request) ?? '/', 303)
  })

  app.post('/login', async (request, reply) => {
    await logInByForm(parts, request, reply)
    const { to } = (request.body ?? {}) as Record<string, unknown>
    return reply.redirect(typeof to === 'string' && staffPage.test(to) ? to : '/new', 303)
  })
  app.get('/login', (_, reply) => reply.redirect('/', 303))

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
