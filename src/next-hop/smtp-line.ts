import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import type { Failure } from '#failure.ts'
import type { Reply } from './next-hop.ts'
import { createSocketEvents, type SocketEvents } from './socket-events.ts'

const quitMilliseconds = 2000
/**
 * A name may have several addresses. Each but the last is given so long, or a third of all the time that there is: one lost packet
 * is no reason to go on, as it is by default.
 */
const longestAttemptMs = 2000

/** Many tiny chunks cost more memory than their bytes. */
const maxUnsentWrites = 16

/** Where a line leads. `timeoutSeconds` is for the connection, the TLS handshake and each block of data. */
export interface LineTarget {
  host: string
  port: number
  timeoutSeconds: number
}

/**
 * A TCP line with SMTP on it: commands out, replies in. One thing at a time: whoever waits is alone. Every
 * method throws the same `Failure('NEXT_HOP_AWAY')` once the line is lost; its cause says why.
 */
export interface Line {
  readonly encrypted: boolean
  /** Whether the next hop is this machine. */
  readonly loopback: boolean
  /** Whether the line is there, to stay, and nothing has been said that nobody has read. */
  isQuiet(): boolean
  /** Writes bytes; resolves when there is room for more, or when the next hop has something to say. */
  write(bytes: Buffer | string): Promise<void>
  /** The next reply. `to` names what it answers, for the log. */
  readReply(to: string, timeoutSeconds: number): Promise<Reply>
  /** Writes a command and reads its reply. The log sees only its `name`: its first word, where it is no secret. */
  command(command: string, timeoutSeconds: number, name?: string): Promise<Reply>
  /** The TLS handshake. What was said in clear before it is forgotten (RFC 3207 section 6). */
  startTls(options: ConnectionOptions): Promise<void>
  /** Calls `listener` when a reply comes or the line is lost; undefined ends that. */
  onNews(listener: (() => void) | undefined): void
  /** Says goodbye without waiting long; resolves when the line is closed. */
  quit(): Promise<void>
  /** Drops the line at once, at any moment. The first reason counts; returns what everybody will be told. */
  destroy(reason: Error): Failure
}

/** Connects, with TLS from the start where `tlsOptions` are given. Throws `Failure('NEXT_HOP_AWAY')`. */
export async function openLine(target: LineTarget, tlsOptions?: ConnectionOptions): Promise<Line> {
  const { host, port, timeoutSeconds } = target
  const events = createSocketEvents(`${host}:${port}`)
  const autoSelectFamilyAttemptTimeout = Math.floor(Math.min(longestAttemptMs, (timeoutSeconds * 1000) / 3))
  const tcp = connectTcp({ host, port, noDelay: true, keepAlive: true, autoSelectFamilyAttemptTimeout })
  let socket: Socket = tcp
  let leaving = false
  const write = createWriter(events, timeoutSeconds)
  const startTls = async (options: ConnectionOptions) => {
    // What follows the go-ahead in clear may be somebody else's.
    events.unfollow(tcp)
    const servername = isIP(host) ? {} : { servername: host }
    socket = connectTls({ ...options, ...servername, socket: tcp, host })
    await events.follow(socket, 'secureConnect', timeoutSeconds)
  }
  const readReply = async (to: string, seconds: number) => {
    await events.until(() => events.replies.length > 0, `No answer to ${to}`, seconds)
    return events.replies.shift() as Reply
  }
  await events.follow(tcp, 'connect', timeoutSeconds)
  const loopback = /^(::1$|(::ffff:)?127\.)/.test(tcp.remoteAddress ?? '')
  if (tlsOptions) await startTls(tlsOptions)
  return {
    get encrypted() {
      return socket !== tcp
    },
    loopback,
    isQuiet: () => !events.lost && !leaving && events.replies.length === 0,
    write: bytes => write(socket, bytes),
    readReply,
    command: async (command, seconds, name = command.split(' ', 1)[0] as string) => {
      const unasked = events.replies.shift()
      // RFC 5321 section 3.8: a server may say 421 at any time; it is then the answer to what comes next.
      if (unasked?.code === 421) return unasked
      if (unasked) throw events.lose(new Error(`An answer that nobody asked for: ${unasked.code} ${unasked.lines[0]}`))
      if (events.lost) throw events.lost
      socket.write(`${command}\r\n`)
      return readReply(name, seconds)
    },
    startTls,
    onNews: events.onNews,
    quit: async () => {
      if (events.lost || leaving) return
      leaving = true
      const closed = new Promise<void>(resolve => socket.once('close', () => resolve()))
      socket.end('QUIT\r\n')
      const timer = setTimeout(() => events.lose(new Error('No answer to QUIT.')), quitMilliseconds)
      await closed
      clearTimeout(timer)
    },
    destroy: events.lose,
  }
}

/** Returns a function that writes a piece of a mail, as `Line.write` promises it. */
function createWriter(events: SocketEvents, timeoutSeconds: number) {
  let unsent = 0
  const sent = () => {
    unsent -= 1
    events.wake()
  }
  return async (socket: Socket, bytes: Buffer | string): Promise<void> => {
    if (events.lost) throw events.lost
    // What is written until nothing is left to be done at once leaves together: a small mail with its final dot.
    socket.cork()
    process.nextTick(uncork, socket)
    unsent += 1
    socket.write(bytes, sent)
    const hasRoom = () => !socket.writableNeedDrain && unsent < maxUnsentWrites
    if (hasRoom()) return
    await events.until(() => hasRoom() || events.replies.length > 0, 'The mail was not taken', timeoutSeconds)
  }
}

function uncork(socket: Socket): void {
  socket.uncork()
}
