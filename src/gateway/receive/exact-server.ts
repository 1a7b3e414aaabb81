import type { Socket } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js'
import { isFailure } from '#failure.ts'
import type { Reply } from '#next-hop/next-hop.ts'
import type { ConnectionLimit } from './connection-limit.ts'
import { readPathCommand, type PathCommand } from './path-command.ts'
import { replyFor } from './smtp-reply.ts'

/** What a session of `ExactServer` carries for its handlers. */
export interface ExactSession {
  /** The command that is being handled. */
  command?: PathCommand | undefined
  /** Sent instead of the library's reply to that command. */
  answer?: Reply | undefined
  /** Call it once, when the connection has ended. */
  countedOut?: () => void
  /** A balancer did not say whom it speaks for. */
  isUnnamed?: boolean
}

/** Who may connect, and what is to be known of connections. */
export interface Gate {
  /** Whether this peer puts a PROXY line first. */
  isProxy(address: string): boolean
  connections: ConnectionLimit
  /** Connections in their TLS handshake, which are no SMTP connections yet. */
  handshakes: ConnectionLimit
  /** Sockets, whatever they are. */
  maxSockets: number
  /** Whether this client may not send mail (yet). */
  isStranger(session: ExactSession): boolean
  /** The transaction, if there was one, is over: RSET, EHLO, STARTTLS, or a mail has been answered. */
  onReset(session: ExactSession): void
}

/** What clients are told when Kuvert stops. */
export const shuttingDown = 'Kuvert is being restarted; try again later'

/** Enough to log in with every program and many typing errors; a flood of commands ends here. */
const maxStrangerReplies = 100

/**
 * smtp-server, made exact: MAIL and RCPT are handed on verbatim, and the answers are the very replies
 * that a handler chose, instead of `250 Accepted`. Connections are counted from their first moment.
 */
export class ExactServer extends SMTPServer {
  readonly gate: Gate

  constructor(options: SMTPServerOptions, gate: Gate) {
    super(options)
    this.gate = gate
    this.server.maxConnections = gate.maxSockets
  }

  /** The library compares addresses; ours may be networks. */
  override _expectsProxyHeader(socket: Socket): boolean {
    return this.gate.isProxy(socket.remoteAddress ?? '')
  }

  override _acceptSocket(socket: Socket, handshake: boolean): (() => void) | false {
    // Whoever a balancer speaks for is not known yet.
    if (!handshake || this._expectsProxyHeader(socket)) return super._acceptSocket(socket, handshake)
    const leave = this.enter(this.gate.handshakes, socket, socket.remoteAddress)
    if (!leave) return false
    socket.once('close', leave)
    const release = super._acceptSocket(socket, handshake)
    return (
      release &&
      (() => {
        socket.off('close', leave)
        leave()
        release()
      })
    )
  }

  override connect(...[socket, options]: Parameters<SMTPServer['connect']>): void {
    const leave = this.enter(this.gate.connections, socket, options?.remoteAddress ?? socket.remoteAddress)
    if (!leave) return
    const connection = new ExactConnection(this, socket, options)
    const session = connection.session as ExactSession
    session.countedOut = leave
    session.isUnnamed = !options?.remoteAddress && this._expectsProxyHeader(socket)
    this.connections.add(connection)
    connection.on('error', error => this._onError(error as Error))
    connection.on('connect', info => this._onClientConnect(info))
    // Replies are small and awaited: do not let them wait for more.
    socket.setNoDelay(true)
    connection.init()
  }

  /** Counts a socket in and returns how to count it out; where there are too many, it is told so and dropped. */
  private enter(limit: ConnectionLimit, socket: Socket, address = ''): (() => void) | undefined {
    try {
      return once(limit.enter(address))
    } catch (error) {
      if (!isFailure(error)) throw error
      const { code, lines } = replyFor(error)
      socket.on('error', () => undefined)
      if (limit === this.gate.connections) socket.write(`${code} ${lines.join(' ')}\r\n`)
      // Not held open for a client that does not hang up.
      socket.destroySoon()
      return undefined
    }
  }
}

class ExactConnection extends SMTPConnection {
  private repliesToStranger = 0

  override _parseAddressCommand(name: string, line: Buffer | string) {
    const command = readPathCommand(name.toUpperCase() as 'MAIL FROM' | 'RCPT TO', line.toString())
    if (!command) return false
    ;(this.session as ExactSession).command = command
    return { address: command.address, args: readArguments(command.parameters), ...duplicateOf(command.parameters) }
  }

  override _resetSession(): void {
    super._resetSession()
    this.gate.onReset(this.session as ExactSession)
    // After the answer to its last mail, a client is not waited for.
    if (this._server._closeTimeout) this.send(421, shuttingDown)
  }

  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    const session = this.session as ExactSession
    const { answer } = session
    // What the library says of its own accord (the go-ahead for DATA, a timeout) is not the handler's answer.
    if (answer && (code === answer.code || (code === 250 && answer.code < 300))) {
      session.answer = undefined
      return this.send(answer.code, answer.lines.length > 0 ? answer.lines : [''], false)
    }
    if (code !== 421 && ++this.repliesToStranger > maxStrangerReplies && this.gate.isStranger(session)) {
      return super.send(421, '4.7.0 Too many commands without a login', false)
    }
    super.send(code, data, context)
  }

  private get gate(): Gate {
    return (this._server as ExactServer).gate
  }
}

function once(work: () => void): () => void {
  let done = false
  return () => {
    if (!done) work()
    done = true
  }
}

function readArguments(parameters: string[]): Record<string, string | true> | false {
  const entries = parameters.map(parameter => {
    const at = parameter.indexOf('=')
    return at === -1
      ? [parameter.toUpperCase(), true]
      : [parameter.slice(0, at).toUpperCase(), parameter.slice(at + 1) || true]
  })
  return entries.length > 0 && (Object.fromEntries(entries) as Record<string, string | true>)
}

function duplicateOf(parameters: string[]): { duplicate?: string } {
  const keys = parameters.map(parameter => parameter.split('=', 1)[0]!.toUpperCase())
  const duplicate = keys.find((key, index) => keys.indexOf(key) !== index)
  return duplicate === undefined ? {} : { duplicate }
}
