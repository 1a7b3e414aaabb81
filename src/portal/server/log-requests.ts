import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { isAutomatic } from './automatic.ts'

/** Balancers and supervisors ask for these all the time. */
const healthRoutes: ReadonlySet<string> = new Set(['/healthz', '/readyz'])

/**
 * Logs each request once it is answered or broken off. It names the route (`/l/:token`), never the path: that
 * holds a token. What is no person's doing is marked as automatic; balancers' questions after health are told at debug.
 */
export function logRequests(app: FastifyInstance, log: Logger): void {
  const describe = (request: FastifyRequest) => ({
    request: request.id,
    method: request.method,
    route: request.routeOptions.url ?? 'none',
    address: request.ip,
    ...(isAutomatic(request) && { automatic: true }),
  })
  app.addHook('onResponse', async (request, reply) => {
    const details = { ...describe(request), status: reply.statusCode, milliseconds: Math.round(reply.elapsedTime) }
    log[healthRoutes.has(details.route) ? 'debug' : 'info'](details, 'Answered')
  })
  app.addHook('onRequestAbort', async request => {
    log.info(describe(request), 'The client went away')
  })
}
