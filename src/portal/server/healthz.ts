import type { FastifyInstance, RouteHandlerMethod } from 'fastify'

/** For supervisors: 200 as long as the process answers, even if parts that it needs are away. */
export function serveHealthz(app: FastifyInstance): void {
  const answer: RouteHandlerMethod = (_, reply) => reply.type('text/plain').send('ok\n')
  app.get('/healthz', answer)
  app.head('/healthz', answer)
}
