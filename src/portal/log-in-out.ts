import { logIn } from '#directory/throttled-login.ts'
import type { FastifyInstance } from 'fastify'
import { canonical } from '#directory/spelling.ts'
import { authenticate } from './authenticate/authenticate.ts'
import { beginSession, endSession } from './authenticate/session.ts'
import type { PortalParts } from './portal-parts.ts'
import { messagePath } from './show-page.ts'

const maxLoginLength = 256
const maxPasswordLength = 1024

/**
 * Login and logout. Neither looks at the link: what a login answers says nothing about it, and whoever is logged in
 * is sent back to it.
 */
export function serveLogin(app: FastifyInstance, parts: PortalParts): void {
  app.post('/l/:token/login', async (request, reply) => {
    const visitor = await authenticate(parts, request)
    const form = (request.body ?? {}) as Record<string, unknown>
    const login = field(form['login'], maxLoginLength).trim()
    const account = await logIn(
      { ...parts, limits: parts.settings.limits },
      {
        login,
        password: field(form['password'], maxPasswordLength),
        address: request.ip,
      },
    )
    await request.audit('login', { actor: `account:${account.id}`, details: { login: canonical(login) } })
    await beginSession(parts, reply, { visitor, account })
    parts.log.info({ request: request.id, account: account.id, address: request.ip }, 'Logged in')
    return reply.redirect(messagePath(request) ?? '/', 303)
  })

  app.post('/l/:token/logout', async (request, reply) => {
    const visitor = await authenticate(parts, request)
    if (visitor.sessionHash) await request.audit('logout')
    await endSession(parts, reply, visitor)
    return reply.redirect(messagePath(request) ?? '/', 303)
  })
}

/** A field that is missing, twice there or too long is as good as empty. */
function field(value: unknown, maxLength: number): string {
  return typeof value === 'string' && value.length <= maxLength ? value : ''
}
