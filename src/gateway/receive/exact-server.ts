import { SMTPServer } from 'smtp-server'
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js'
import type { Reply } from '#next-hop/next-hop.ts'
import { readPathCommand, type PathCommand } from './path-command.ts'

/**
 * smtp-server, made exact: MAIL and RCPT are handed on verbatim, and the answers are the very replies
 * that a handler chose, instead of `250 Accepted`.
 */
export class ExactServer extends SMTPServer {
  override connect(...[socket, options]: Parameters<SMTPServer['connect']>): void {
    const connection = new ExactConnection(this, socket, options)
    this.connections.add(connection)
    connection.on('error', error => this._onError(error as Error))
    connection.on('connect', info => this._onClientConnect(info))
    // Replies are small and awaited: do not let them wait for more.
    socket.setNoDelay(true)
    connection.init()
  }
}

/** What a session of `ExactServer` carries for its handlers. */
export interface ExactSession {
  /** The command that is being handled. */
  command?: PathCommand | undefined
  /** Sent instead of the next reply of the library. */
  answer?: Reply | undefined
}

class ExactConnection extends SMTPConnection {
  override _parseAddressCommand(name: string, line: Buffer | string) {
    const command = readPathCommand(name.toUpperCase() as 'MAIL FROM' | 'RCPT TO', line.toString())
    if (!command) return false
    ;(this.session as ExactSession).command = command
    return { address: command.address, args: readArguments(command.parameters), ...duplicateOf(command.parameters) }
  }

  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    const session = this.session as ExactSession | undefined
    const answer = session?.answer
    // The go-ahead for DATA, which is sent while the handler already runs, is not its answer; nor is the greeting.
    if (!session || !answer || code === 354 || code === 220) return super.send(code, data, context)
    session.answer = undefined
    super.send(answer.code, answer.lines.length > 0 ? answer.lines : [''], false)
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
