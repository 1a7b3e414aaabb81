import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

type Fault =
  | { kind: 'none' }
  /** No byte moves any more; connections stay open. */
  | { kind: 'hang' }
  /** The connection is cut. */
  | { kind: 'cut' }

/** Which way the bytes go whose number decides when the fault sets in. */
type Direction = 'toServer' | 'toClient'

export interface FaultyProxy {
  port: number
  /** From now on no byte moves, once so many more have gone in the direction. */
  hang(afterBytes?: number, direction?: Direction): void
  /** From now on every connection is cut, once so many more bytes have gone in the direction. */
  cut(afterBytes?: number, direction?: Direction): void
  /** Waits before each chunk that it passes on. */
  slow(delayMs: number): void
  /** Works again: connections that hang are cut, new ones pass. */
  heal(): void
  /** Connections that are open now. */
  connections(): number
  stop(): Promise<void>
}

/** A TCP proxy on a free loopback port, in front of a server on another, with which a test breaks the line. */
export async function startFaultyProxy(serverPort: number): Promise<FaultyProxy> {
  const sockets = new Set<Socket>()
  let fault: Fault = { kind: 'none' }
  let direction: Direction = 'toServer'
  let bytesLeft = 0
  let delayMs = 0

  const pass = async (from: Socket, to: Socket, way: Direction): Promise<void> => {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      if (delayMs > 0) await delay(delayMs)
      if (way === direction) bytesLeft -= chunk.length
      if (fault.kind === 'cut' && bytesLeft < 0) return void from.destroy()
      // Hanging sockets are destroyed by heal() or stop().
      if (fault.kind === 'hang' && bytesLeft < 0) return await new Promise(() => undefined)
      if (!to.write(chunk)) await drained(to)
    }
    to.end()
  }

  const server = createServer({ allowHalfOpen: true }, client => {
    const upstream = connect({ host: '127.0.0.1', port: serverPort, allowHalfOpen: true })
    const both = [client, upstream]
    const destroyBoth = (): void => both.forEach(socket => socket.destroy())
    for (const socket of both) {
      sockets.add(socket)
      socket.on('error', destroyBoth).on('close', () => {
        sockets.delete(socket)
        destroyBoth()
      })
    }
    pass(client, upstream, 'toServer').catch(destroyBoth)
    pass(upstream, client, 'toClient').catch(destroyBoth)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))

  const setFault = (kind: 'hang' | 'cut', afterBytes: number, way: Direction): void => {
    fault = { kind }
    bytesLeft = afterBytes
    direction = way
  }
  const cutAll = (): void => sockets.forEach(socket => socket.destroy())
  return {
    port: (server.address() as AddressInfo).port,
    hang: (afterBytes = 0, way = 'toServer') => setFault('hang', afterBytes, way),
    cut: (afterBytes = 0, way = 'toServer') => setFault('cut', afterBytes, way),
    slow: ms => void (delayMs = ms),
    heal: () => {
      fault = { kind: 'none' }
      delayMs = 0
      cutAll()
    },
    connections: () => sockets.size / 2,
    stop: async () => {
      cutAll()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

/** Until it takes more, or is closed. */
function drained(socket: Socket): Promise<void> {
  return new Promise(resolve => {
    const goOn = (): void => {
      socket.off('drain', goOn).off('close', goOn)
      resolve()
    }
    socket.on('drain', goOn).on('close', goOn)
  })
}
