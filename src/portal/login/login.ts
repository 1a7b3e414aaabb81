import type { FastifyInstance } from 'fastify'
import { logInByForm } from './require-account.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import { messagePath } from '#portal/server/show-page.ts'
import { formOf } from '#portal/server/fields-of.ts'

/** Pages that a login may lead to: those of whoever writes messages here, and no other site's. */
const staffPage = /^\/(?:new|drafts|sent|received|account)(?:\/[\w-]+)*$/

/**
 * Logs somebody in, at a link or without one. The link is not looked up: what a login answers says nothing about it. A
 * login at a link leads back to it; one without leads to where messages are written.
 */
export function serveLogin(app: FastifyInstance, deps: PortalDeps): void {
  app.post('/l/:token/login', async (request, reply) => {
    await logInByForm(deps, request, reply)
    return reply.redirect(messagePath(request) ?? '/', 303)
  })

  app.post('/login', async (request, reply) => {
    await logInByForm(deps, request, reply)
    const { to } = formOf(request)
    return reply.redirect(typeof to === 'string' && staffPage.test(to) ? to : '/new', 303)
  })
  app.get('/login', (_, reply) => reply.redirect('/', 303))
}
