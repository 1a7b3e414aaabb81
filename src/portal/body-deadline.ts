import type { FastifyInstance } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What is sent to the route may take long, once it has been found out who sends it: before it is read. */
    bodyTakesLong?: boolean
  }
}

/** For whoever was refused to hear it, before the rest is not waited for any more. */
const partingMs = 5000

/**
 * Bounds how long a client may take to send what belongs to a request: it is told so (408) and dropped. A route whose files
 * may take long answers those it refuses before it reads anything; of them, no more than a moment is heard.
 */
export function limitBodies(app: FastifyInstance, seconds: number): void {
  app.addHook('onRequest', async (request, reply) => {
    const { raw, headers, routeOptions } = request
    const hasBody = 'content-length' in headers || 'transfer-encoding' in headers
    if (!hasBody || routeOptions.config.bodyTakesLong) return
    const timer = setTimeout(() => {
      if (raw.complete || raw.destroyed) return
      reply.hijack()
      if (!reply.raw.headersSent) reply.raw.writeHead(408, { Connection: 'close' })
      reply.raw.end(() => raw.socket.destroySoon())
    }, seconds * 1000)
    raw.once('close', () => clearTimeout(timer))
  })
  app.addHook('onResponse', async ({ raw, routeOptions }) => {
    if (!routeOptions.config.bodyTakesLong || raw.complete) return
    const timer = setTimeout(() => raw.complete || raw.socket.destroy(), partingMs)
    raw.socket.once('close', () => clearTimeout(timer))
  })
}
