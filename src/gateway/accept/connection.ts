import type { Socket } from 'node:net'
import { TLSSocket, type SecureContext } from 'node:tls'
import type { Reply } from '#next-hop/next-hop.ts'
import { formatReply } from './smtp-reply.ts'

/** How long a client that was told to go may take to hang up. */
const partingMilliseconds = 5000
const handshakeMilliseconds = 60_000

/** Who hears a client. */
interface WireListener {
  onBytes(chunk: Buffer): void
  /** The client has said nothing, and taken nothing, for the idle time. */
  onIdle(): void
}

/** The line to a client, in clear or not. Errors of it are its end: there is nobody to tell. */
export interface Wire {
  /** Who hears the client from now on. */
  listen(listener: WireListener): void
  reply(reply: Reply): void
  /** Whether replies wait for a client that does not read them. */
  isFull(): boolean
  /** Resolves when replies can be written again, or never will. */
  untilWritable(): Promise<void>
  pause(): void
  resume(): void
  /** From now on, the client may be silent for so long. */
  allowSilence(milliseconds: number): void
  /** The TLS handshake. Nobody listens afterwards. Where it fails, the wire is over. */
  startTls(context: SecureContext): Promise<void>
  /** Nothing more is heard or said; the client may still read what was said before. */
  part(): void
  /** The same, without waiting for the client to hang up. */
  drop(): void
  /** Whether the client has said something that nobody has heard. */
  hasSaid(): boolean
  /** Nothing can be heard or said any more. */
  isOver(): boolean
  /** Calls `work` when the socket is closed. */
  whenClosed(work: () => void): void
}

/** Reads nothing until somebody listens. */
export function openWire(tcp: Socket, idleAtFirst: number): Wire {
  let idleMilliseconds = idleAtFirst
  let socket: Socket = tcp
  let listener: WireListener | undefined
  let parted = false

  const onData = (chunk: Buffer) => listener?.onBytes(chunk)
  const attach = (to: Socket) => {
    socket = to
    to.on('data', onData).pause()
    to.setTimeout(idleMilliseconds).on('timeout', () => {
      if (parted) return tcp.destroy()
      // It may be silent because it waits for us: the time begins anew.
      to.setTimeout(idleMilliseconds)
      listener?.onIdle()
    })
  }
  tcp.on('error', () => undefined)
  attach(tcp)
  return {
    listen: next => {
      listener = next
      if (socket.isPaused()) socket.resume()
    },
    reply: reply => {
      if (!parted && socket.writable) socket.write(formatReply(reply))
    },
    isFull: () => socket.writableNeedDrain,
    untilWritable: () => writable(socket),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    allowSilence: milliseconds => {
      socket.setTimeout((idleMilliseconds = milliseconds))
    },
    startTls: async context => {
      // What was said in clear is not heard any more (RFC 3207 section 6).
      listener = undefined
      tcp.pause().off('data', onData).removeAllListeners('timeout').setTimeout(0)
      attach(await shakeHands(tcp, context, Math.min(handshakeMilliseconds, idleMilliseconds)))
    },
    part: () => {
      if (parted) return
      parted = true
      listener = undefined
      socket.end()
      // Whatever still comes is read and forgotten, so that the end is seen.
      socket.resume()
      const timer = setTimeout(() => tcp.destroy(), partingMilliseconds).unref()
      tcp.once('close', () => clearTimeout(timer))
    },
    drop: () => {
      parted = true
      listener = undefined
      socket.destroySoon()
    },
    hasSaid: () => socket.readableLength > 0,
    isOver: () => parted || tcp.destroyed,
    whenClosed: work => void tcp.once('close', work),
  }
}

/** Resolves as well when the handshake has failed: the socket is then destroyed. */
async function shakeHands(tcp: Socket, context: SecureContext, timeoutMilliseconds: number): Promise<TLSSocket> {
  const tls = new TLSSocket(tcp, { isServer: true, secureContext: context })
  const fail = () => void tcp.destroy()
  tls.on('error', fail).on('_tlsError', fail).once('close', fail)
  const timer = setTimeout(fail, timeoutMilliseconds)
  await new Promise<void>(resolve => {
    tls.once('secure', () => resolve())
    tcp.once('close', () => resolve())
  })
  clearTimeout(timer)
  return tls
}

async function writable(socket: Socket): Promise<void> {
  if (!socket.writableNeedDrain || socket.destroyed) return
  await new Promise<void>(resolve => {
    const settle = () => {
      socket.off('drain', settle).off('close', settle)
      resolve()
    }
    socket.on('drain', settle).on('close', settle)
  })
}
