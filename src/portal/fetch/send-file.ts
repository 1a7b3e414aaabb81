import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { markFinished, refundTickets, type Charge } from '#database/downloads.ts'
import type { Queryable } from '#database/database.ts'
import { recordTickets } from '#database/portal-audit.ts'
import type { ByteRange } from '#model.ts'
import type { Chunks } from '#platform/chunks.ts'
import { chooseSlice } from './byte-range.ts'
import { fileHeaders, type Sent } from './file-headers.ts'
import { ClientGone, writeOut } from './write-out.ts'
import { type Slot, type Slots } from './download-slots.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'

/** What a ticket leads to, on its way out. */
export interface Sending extends Sent {
  /** What each ticket pays for these bytes. */
  charges(range: ByteRange): Charge[]
  /** Opens these bytes, and charges the tickets. Throws `ClientGone`, and charges nothing, if the client went away. */
  open(range: ByteRange, isGone: () => boolean): Promise<Chunks>
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
export function fileSender(app: FastifyInstance, deps: Pick<PortalDeps, 'db' | 'log'>, slots: Slots): SendFile {
  const note = notesOf(app, deps)
  const send = async (request: FastifyRequest, reply: FastifyReply, sending: Sending) => {
    const slice = chooseSlice(request.headers, sending.sizeBytes, sending.entityTag)
    if (slice.status === 416) return reply.code(416).headers(fileHeaders(sending, slice)).send()
    const { range } = slice
    const answer = reply.raw
    const slot = takeSlot(slots, request, reply)
    const source = await sending.open(range, () => answer.destroyed).catch(nullIfGone)
    if (!source) return reply.hijack()
    answer.once('close', () => source.destroy())
    if (range.end === sending.sizeBytes) answer.once('finish', () => note.finished(sending.charges(range)))
    reply.headers(fileHeaders(sending, slice)).hijack()
    answer.writeHead(slice.status, reply.getHeaders() as OutgoingHttpHeaders)
    let sentTo = range.start
    const moved = (bytes: number) => {
      sentTo += bytes
      slot.moved()
    }
    await writeOut(source, answer, moved).catch((error: unknown) => {
      // That the client went away is logged for every request.
      if (!answer.destroyed && !(error instanceof ClientGone))
        deps.log.error({ request: request.id, err: error }, 'A download broke off')
      answer.destroy()
    })
    source.destroy()
    if (sentTo < range.end) note.unsent(sending.charges({ start: sentTo, end: range.end }))
    return reply
  }
  const head = (reply: FastifyReply, sent: Sent) => {
    const slice = { status: 200, range: { start: 0, end: sent.sizeBytes } } as const
    return reply.code(200).headers(fileHeaders(sent, slice)).send()
  }
  return Object.assign(send, { head })
}

/** For as long as the answer takes, whatever becomes of it. */
function takeSlot(slots: Slots, request: FastifyRequest, reply: FastifyReply): Slot {
  const session = request.visitor?.sessionHash?.toString('hex') ?? ''
  const slot = slots.take(session, () => reply.raw.destroy())
  reply.raw.once('close', slot.free)
  if (reply.raw.destroyed) slot.free()
  return slot
}

function nullIfGone(error: unknown): null {
  if (error instanceof ClientGone) return null
  throw error
}

/** Notes what became of downloads after their answers; closing waits for the notes. */
function notesOf(app: FastifyInstance, { db, log }: Pick<PortalDeps, 'db' | 'log'>) {
  const running = new Set<Promise<void>>()
  app.addHook('onClose', async () => {
    await Promise.all(running)
  })
  const run = (what: string, work: (tx: Queryable) => Promise<void>) => {
    // The file has been sent, or has not: that it cannot be noted is for the log alone.
    const note = db
      .transaction(work)
      .catch((error: unknown) => log.warn({ err: error }, `${what} was not noted`))
      .finally(() => running.delete(note))
    running.add(note)
  }
  return {
    finished: (charges: Charge[]) => {
      const ticketIds = charges.map(({ ticketId }) => ticketId)
      run('A finished download', async tx => {
        await markFinished(tx, ticketIds)
        await recordTickets(tx, 'download-finished', ticketIds)
      })
    },
    unsent: (charges: Charge[]) => run('What was not sent', tx => refundTickets(tx, charges)),
  }
}
