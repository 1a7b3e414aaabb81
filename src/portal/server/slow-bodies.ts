import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Files that are sent to the route may take long: it finds out who sends them before it reads them. */
    filesTakeLong?: boolean
  }
}

/** What files come in. Nothing of it is read before the route asks for it; a form of other kinds is. */
const ofFiles = /^(?:multipart\/form-data|application\/offset\+octet-stream)\b/i
/** Of a file on its way, within `uploadSeconds`: far below what any line that is of use carries. */
const leastUploadBytes = 64 * 1024
/** For whoever was refused to hear it, before the rest is not waited for any more. */
const partingMs = 5000

/** How long a client may take over what it sends. */
export interface BodyPatience {
  /** For a form, or anything else that is small: the whole of it. */
  formSeconds: number
  /** For a file, which may take hours: until some more of it has come. */
  uploadSeconds: number
}

/**
 * Drops clients that send their request slower than anybody does who means it. A file is another matter than a form: it may
 * take as long as its line needs, and Node's own limit, which knows one time for all requests, is to be turned off. A route
 * whose files may take long answers those it refuses before it reads anything; of them, no more than a moment is heard.
 */
export function dropSlowBodies(app: FastifyInstance, { formSeconds, uploadSeconds }: BodyPatience): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.raw.complete || !hasBody(request)) return
    if (mayTakeLong(request)) dropWhereNothingMoves(request, uploadSeconds)
    else dropWhereLate(request, reply, formSeconds)
  })
  app.addHook('onResponse', async request => {
    const { raw } = request
    if (!mayTakeLong(request) || raw.complete) return
    const timer = setTimeout(() => raw.complete || raw.socket.destroy(), partingMs)
    raw.once('close', () => clearTimeout(timer))
  })
}

function dropWhereNothingMoves({ raw }: FastifyRequest, seconds: number): void {
  let before = raw.socket.bytesRead
  const look = setInterval(() => {
    if (raw.complete || raw.destroyed) return clearInterval(look)
    const now = raw.socket.bytesRead
    // While something waits to be stored, it is the client who waits for us.
    if (now - before < leastUploadBytes && raw.readableLength === 0) raw.socket.destroy()
    before = now
  }, seconds * 1000)
  raw.once('close', () => clearInterval(look))
}

function dropWhereLate({ raw }: FastifyRequest, reply: FastifyReply, seconds: number): void {
  const timer = setTimeout(() => {
    if (raw.complete || raw.destroyed) return
    reply.hijack()
    if (!reply.raw.headersSent) reply.raw.writeHead(408, { Connection: 'close' })
    reply.raw.end(() => raw.socket.destroySoon())
  }, seconds * 1000)
  raw.once('close', () => clearTimeout(timer))
}

function mayTakeLong({ headers, routeOptions }: FastifyRequest): boolean {
  return routeOptions.config.filesTakeLong === true && ofFiles.test(headers['content-type'] ?? '')
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
