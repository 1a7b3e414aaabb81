import type { FastifyInstance, FastifyRequest } from 'fastify'

/** Of a file on its way, within `uploadSeconds`: far below what any line that is of use carries. */
const leastUploadBytes = 64 * 1024

/** How long a client may take over what it sends. */
export interface BodyPatience {
  /** For a form, or anything else that is small: the whole of it. */
  formSeconds: number
  /** For a file, which may take hours: until some more of it has come. */
  uploadSeconds: number
}

/**
 * Drops clients that send their request slower than anybody does who means it. A file is another matter than a form: it may
 * take as long as its line needs. Node's own limit knows one time for all requests; it is to be turned off.
 */
export function dropSlowBodies(app: FastifyInstance, { formSeconds, uploadSeconds }: BodyPatience): void {
  app.addHook('onRequest', async request => {
    const { raw } = request
    if (raw.complete || !hasBody(request)) return
    const isUpload = bringsFiles(request)
    let before = raw.socket.bytesRead
    const look = setInterval(
      () => {
        if (raw.complete || raw.destroyed) return clearInterval(look)
        const now = raw.socket.bytesRead
        if (isUpload && now - before >= leastUploadBytes) before = now
        else raw.socket.destroy()
      },
      (isUpload ? uploadSeconds : formSeconds) * 1000,
    )
    raw.once('close', () => clearInterval(look))
  })
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function bringsFiles({ headers }: FastifyRequest): boolean {
  return /^(?:multipart\/form-data|application\/offset\+octet-stream)/i.test(headers['content-type'] ?? '')
}
