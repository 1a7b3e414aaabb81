import type { FastifyInstance, FastifyRequest } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Files that are sent to the route may take long: it finds out who sends them before it reads them. */
    filesTakeLong?: boolean
  }
}

/** What files come in. Nothing of it is read before the route asks for it; a form of other kinds is. */
const ofFiles = /^(?:multipart\/form-data|application\/offset\+octet-stream)\b/i

/** For whoever was refused to hear it, before the rest is not waited for any more. */
const partingMs = 5000

/**
 * Bounds how long a client may take to send what belongs to a request: it is told so (408) and dropped. A route whose files
 * may take long answers those it refuses before it reads anything; of them, no more than a moment is heard.
 */
export function limitBodies(app: FastifyInstance, seconds: number): void {
  const mayTakeLong = ({ headers, routeOptions }: FastifyRequest) =>
    routeOptions.config.filesTakeLong === true && ofFiles.test(headers['content-type'] ?? '')
  app.addHook('onRequest', async (request, reply) => {
    const { raw, headers } = request
    const hasBody = 'content-length' in headers || 'transfer-encoding' in headers
    if (!hasBody || mayTakeLong(request)) return
    const timer = setTimeout(() => {
      if (raw.complete || raw.destroyed) return
      reply.hijack()
      if (!reply.raw.headersSent) reply.raw.writeHead(408, { Connection: 'close' })
      reply.raw.end(() => raw.socket.destroySoon())
    }, seconds * 1000)
    raw.once('close', () => clearTimeout(timer))
  })
  app.addHook('onResponse', async request => {
    const { raw } = request
    if (!mayTakeLong(request) || raw.complete) return
    const timer = setTimeout(() => raw.complete || raw.socket.destroy(), partingMs)
    raw.socket.once('close', () => clearTimeout(timer))
  })
}
