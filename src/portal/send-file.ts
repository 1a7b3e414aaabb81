import type { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'

/** An opened file on its way out. */
export interface Sending {
  source: Readable
  /** Called once the last of these bytes is on its way to the client. */
  onSent: () => void
}

/**
 * Sends a stream as fast as the client takes it. A client that goes away destroys the source; a source that fails destroys
 * the connection, so that the client never takes half a file for a whole one.
 */
export function sendFile(
  log: Logger,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  { source, onSent }: Sending,
): FastifyReply {
  source.once('error', error => log.error({ request: request.id, err: error }, 'A download broke off'))
  // The client may have gone away while the file was opened.
  if (reply.raw.destroyed) source.destroy()
  reply.raw.once('finish', onSent)
  return reply.send(source)
}
