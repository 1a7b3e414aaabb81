import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { markFinished } from '#database/downloads.ts'
import { recordTickets } from '#database/portal-audit.ts'
import type { ByteRange } from '#model.ts'
import { chooseSlice } from './download/byte-range.ts'
import { fileHeaders, type Sent } from './download/file-headers.ts'
import type { PortalParts } from './portal-parts.ts'

/** What a ticket leads to, on its way out. */
export interface Sending extends Sent {
  ticketIds: string[]
  /** Opens these bytes, and notes the tickets as used. Nothing is noted where the client has gone away meanwhile. */
  open(range: ByteRange, isGone: () => boolean): Promise<Readable>
}

/** Answers the request for a ticket, once it is authorised. */
export interface SendFile {
  /** Sends the whole, or the range that is asked for, as fast as the client takes it. */
  (request: FastifyRequest, reply: FastifyReply, sending: Sending): Promise<FastifyReply>
  /** What a download manager asks first: the size, and whether it may resume. No object is opened. */
  head(reply: FastifyReply, sent: Sent): FastifyReply
}

/**
 * Sends files. A client that goes away destroys the source; a source that fails destroys the connection, so that the client
 * never takes half a file for a whole one.
 */
export function fileSender(app: FastifyInstance, parts: Pick<PortalParts, 'db' | 'log'>): SendFile {
  const noteFinished = finishedNotes(app, parts)
  const send = async (request: FastifyRequest, reply: FastifyReply, sending: Sending) => {
    const slice = chooseSlice(request.headers, sending.sizeBytes, sending.entityTag)
    if (slice.status === 416) return reply.code(416).headers(fileHeaders(sending, slice)).send()
    const { range } = slice
    const source = await sending.open(range, () => reply.raw.destroyed)
    source.once('error', error => parts.log.error({ request: request.id, err: error }, 'A download broke off'))
    // The client may have gone away while the file was opened.
    if (reply.raw.destroyed) source.destroy()
    if (range.end === sending.sizeBytes) reply.raw.once('finish', () => noteFinished(sending.ticketIds))
    return reply.code(slice.status).headers(fileHeaders(sending, slice)).send(source)
  }
  const head = (reply: FastifyReply, sent: Sent) => {
    const slice = { status: 200, range: { start: 0, end: sent.sizeBytes } } as const
    return reply.code(200).headers(fileHeaders(sent, slice)).send()
  }
  return Object.assign(send, { head })
}

/** Notes finished downloads after their answers; closing waits for the notes. */
function finishedNotes(
  app: FastifyInstance,
  { db, log }: Pick<PortalParts, 'db' | 'log'>,
): (ticketIds: string[]) => void {
  const running = new Set<Promise<void>>()
  app.addHook('onClose', async () => {
    await Promise.all(running)
  })
  return ticketIds => {
    // The file has been sent: that it cannot be noted is for the log alone.
    const note = db
      .transaction(async tx => {
        await markFinished(tx, ticketIds)
        await recordTickets(tx, 'download-finished', ticketIds)
      })
      .catch((error: unknown) => log.warn({ err: error }, 'A finished download was not noted'))
      .finally(() => running.delete(note))
    running.add(note)
  }
}
