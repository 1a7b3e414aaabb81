import type { ConnectionPool } from './connection-pool.ts'
import { mailCommand, rcptCommand } from './envelope-commands.ts'
import type { NextHopSession, Reply } from './next-hop.ts'
import { sendMailData } from './send-mail-data.ts'
import type { SmtpConnection } from './smtp-connection.ts'

/** Many servers limit the mails of one connection, often to 100. */
const maxMailsPerConnection = 100

/** What a session needs: connections like its own, a place to leave its own, and how long to wait. */
export interface SessionContext {
  connect: () => Promise<SmtpConnection>
  pool: ConnectionPool
  timeoutSeconds: number
}

/**
 * A session on this connection, which may be one that was used before. After an answer that ended the line (421, or
 * a refusal in the middle of a mail), the next MAIL is said on a fresh one; after an error, the session is over.
 */
export function createSmtpSession(first: SmtpConnection, context: SessionContext): NextHopSession {
  const { pool, timeoutSeconds } = context
  const own = createOwnConnection(first, context, () => over)
  let transaction = false
  let busy = false
  let over: 'released' | 'destroyed' | undefined

  /** One verb at a time; a line on which the next hop said 421 is not used again (RFC 5321 section 3.8). */
  const exclusively = async (verb: () => Promise<Reply>) => {
    if (over === 'released') throw new Error('This session was released.')
    if (busy) throw new Error('This session is busy with another command.')
    busy = true
    try {
      const reply = await verb()
      if (reply.code >= 300 && reply.code < 400) {
        throw own.line().destroy(new Error(`An answer that makes no sense: ${reply.code} ${reply.lines.join(' ')}`))
      }
      if (reply.code === 421) own.line().destroy(new Error(`421 ${reply.lines.join(' ')}`))
      return reply
    } finally {
      busy = false
    }
  }
  return {
    get extensions() {
      return own.connection().extensions
    },
    mail: async (address, parameters) => {
      const command = mailCommand(address, parameters)
      const reply = await exclusively(() => own.begin(command, transaction))
      if (reply.code < 300) transaction = true
      return reply
    },
    rcpt: async (address, parameters) => {
      const command = rcptCommand(address, parameters)
      return exclusively(() => own.line().command(command, timeoutSeconds))
    },
    data: async source =>
      exclusively(async () => {
        const { reply, ended } = await sendMailData(own.line(), source, timeoutSeconds)
        if (ended) transaction = false
        return reply
      }),
    release: () => {
      if (over) return
      over = 'released'
      if (busy) own.line().destroy(new Error('The session was released in the middle of a command.'))
      else if (transaction) pool.giveAfterReset(own.connection(), timeoutSeconds)
      else pool.give(own.connection())
    },
    destroy: () => {
      over ??= 'destroyed'
      own.line().destroy(new Error('The session was destroyed.'))
    },
  }
}

/** The connection of a session, and its replacement where the next hop has left it. */
function createOwnConnection(first: SmtpConnection, context: SessionContext, over: () => string | undefined) {
  let connection = first
  const replace = async () => {
    void connection.line.quit()
    connection = await context.connect()
    if (over()) connection.line.destroy(new Error(`The session was ${over()}.`))
  }
  const say = async (command: string) => {
    connection.mails++
    return connection.line.command(command, context.timeoutSeconds)
  }
  /** MAIL. An idle line may be gone without our knowing, which only the next command shows: nothing was sent yet. */
  const begin = async (command: string, inTransaction: boolean) => {
    if (inTransaction || connection.mails === 0) return say(command)
    if (connection.mails < maxMailsPerConnection) {
      const reply = await say(command).catch((error: unknown) => {
        if (over()) throw error
        return undefined
      })
      if (reply && reply.code !== 421) return reply
    }
    await replace()
    return say(command)
  }
  return { connection: () => connection, line: () => connection.line, begin }
}
