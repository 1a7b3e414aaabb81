import type { SmtpConnection } from './smtp-connection.ts'

/** Shorter than any server's own limit, so that it is we who hang up. */
const idleMilliseconds = 30_000

/** Connections that wait for their next mail. */
export interface ConnectionPool {
  /** The one that has waited the shortest time, if there is one. */
  take(): SmtpConnection | undefined
  /** Keeps a connection without a transaction, or says goodbye on it when there are enough. */
  give(connection: SmtpConnection): void
  /** Like `give`, for a connection with a transaction open: once the next hop has agreed to forget it. */
  giveAfterReset(connection: SmtpConnection, timeoutSeconds: number): void
  /** Closes what waits, and from now on whatever is given. */
  close(): Promise<void>
}

export function createConnectionPool(maxIdle: number): ConnectionPool {
  const idle = new Map<SmtpConnection, NodeJS.Timeout>()
  const resetting = new Set<SmtpConnection>()
  let closed = false

  const remove = (connection: SmtpConnection) => {
    clearTimeout(idle.get(connection))
    idle.delete(connection)
    connection.line.onNews(undefined)
  }
  const leave = async (connection: SmtpConnection) => {
    remove(connection)
    await connection.line.quit()
  }
  const give = (connection: SmtpConnection) => {
    if (!connection.line.isQuiet()) return drop(connection)
    if (closed || idle.size >= maxIdle) return void leave(connection)
    idle.set(
      connection,
      setTimeout(() => void leave(connection), idleMilliseconds),
    )
    // Whatever an idle line has to say, it is of no more use: 421, or the end.
    connection.line.onNews(() => {
      remove(connection)
      drop(connection)
    })
  }
  const giveAfterReset = (connection: SmtpConnection, timeoutSeconds: number) => {
    resetting.add(connection)
    const settle = (agreed: boolean) => {
      resetting.delete(connection)
      if (agreed) give(connection)
      else drop(connection)
    }
    connection.line.command('RSET', timeoutSeconds).then(
      reply => settle(reply.code === 250),
      // The line is lost, which is what a connection that is not kept comes to.
      () => settle(false),
    )
  }
  return {
    take: () => {
      const connection = [...idle.keys()].at(-1)
      if (connection) remove(connection)
      return connection
    },
    give,
    giveAfterReset,
    close: async () => {
      closed = true
      for (const connection of resetting) drop(connection)
      await Promise.all([...idle.keys()].map(leave))
    },
  }
}

function drop(connection: SmtpConnection): void {
  connection.line.destroy(new Error('The connection was not kept.'))
}
