import type { Socket } from 'node:net'
import { Failure } from '#failure.ts'
import type { Reply } from './next-hop.ts'
import { createReplyParser } from './reply-parser.ts'

/** What has happened on a socket, and waiting for what will. The listeners stay on it: no event goes unheard. */
export interface SocketEvents {
  /** Replies that nobody has taken yet. */
  readonly replies: Reply[]
  /** Why the line is lost, once it is. */
  readonly lost: Failure | undefined
  /** Hears this socket from now on; resolves at its event `established`. */
  follow(socket: Socket, established: 'connect' | 'secureConnect', timeoutSeconds: number): Promise<void>
  /** Stops reading from the socket (TLS will), and forgets what it said. */
  unfollow(socket: Socket): void
  /** Waits until `ready`. Loses the line with this complaint when it takes too long; throws `lost`. One waiter at a time. */
  until(ready: () => boolean, complaint: string, timeoutSeconds: number): Promise<void>
  /** Lets whoever waits look whether it is ready now. */
  wake(): void
  /** Destroys the followed sockets. The first reason counts; what it has become is returned. */
  lose(reason: Error): Failure
  /** Calls `listener` when a reply comes or the line is lost. */
  onNews(listener: (() => void) | undefined): void
}

/** `where` is put before each reason, for the log. */
export function createSocketEvents(where: string): SocketEvents {
  const sockets = new Set<Socket>()
  const replies: Reply[] = []
  const parser = createReplyParser(reply => replies.push(reply))
  let lost: Failure | undefined
  let listener: (() => void) | undefined

  const { wake: wakeWaiter, until } = createWaiter(
    () => lost,
    reason => lose(reason),
  )
  const wake = () => {
    wakeWaiter()
    if (lost || replies.length > 0) listener?.()
  }
  const lose = (reason: Error) => {
    if (lost) return lost
    lost = new Failure('NEXT_HOP_AWAY', {}, { cause: new Error(`${where}: ${reason.message}`, { cause: reason }) })
    for (const socket of sockets) socket.destroy()
    wake()
    return lost
  }
  const onData = (bytes: Buffer) => {
    try {
      parser.push(bytes)
    } catch (error) {
      lose(error as Error)
    }
    wake()
  }
  const onEnd = () => void lose(new Error('The next hop closed the line.'))
  return {
    replies,
    get lost() {
      return lost
    },
    follow: async (socket, event, timeoutSeconds) => {
      let established = false
      sockets.add(socket)
      socket.on('data', onData).on('end', onEnd).on('drain', wake).on('error', lose).on('close', onEnd)
      socket.once(event, () => {
        established = true
        wake()
      })
      await until(() => established, `No ${event}`, timeoutSeconds)
    },
    unfollow: socket => {
      socket.off('data', onData).off('end', onEnd).off('drain', wake)
      parser.reset()
      replies.length = 0
    },
    until,
    wake: wakeWaiter,
    lose,
    onNews: next => {
      listener = next
    },
  }
}

/** Waiting, until `wake` finds the line lost or what is waited for. */
function createWaiter(lost: () => Failure | undefined, lose: (reason: Error) => void) {
  let waiter: (() => void) | undefined
  const until: SocketEvents['until'] = async (ready, complaint, timeoutSeconds) => {
    if (!ready() && !lost()) {
      await new Promise<void>(resolve => {
        const late = () => lose(new Error(`${complaint} within ${timeoutSeconds} s.`))
        const timer = setTimeout(late, timeoutSeconds * 1000)
        waiter = () => {
          if (!ready() && !lost()) return
          clearTimeout(timer)
          waiter = undefined
          resolve()
        }
      })
    }
    if (!ready()) throw lost()
  }
  return { wake: () => waiter?.(), until }
}
