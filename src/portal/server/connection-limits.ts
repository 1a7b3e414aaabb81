import type { Server, ServerOptions } from 'node:http'
import type { Socket } from 'node:net'
import { addressKey } from '#platform/address-key.ts'

const headerSeconds = 10
/** How often Node looks for clients that are too slow. */
const lookEverySeconds = 2
const maxHeaderBytes = 16 * 1024
/** Those beyond it are dropped at once: in one process with the gateway, strangers must not take all that can be opened. */
const maxConnections = 2000
/** A whole office may come from one address; one stranger must not keep out everybody else. */
const maxConnectionsPerAddress = 500

/**
 * What a client may take of the server before any of our code hears of it. A client that sends nothing, or its header a
 * byte at a time, is dropped (RFC 9110 section 15.5.9).
 */
export const connectionOptions: ServerOptions = {
  headersTimeout: headerSeconds * 1000,
  connectionsCheckingInterval: lookEverySeconds * 1000,
  maxHeaderSize: maxHeaderBytes,
}

/**
 * Bounds how many clients are connected at the same time, in all and from one address. Behind reverse proxies all
 * addresses are theirs: there it is they who count.
 */
export function limitConnections(server: Server, { isBehindProxies }: { isBehindProxies: boolean }): void {
  server.maxConnections = maxConnections
  if (isBehindProxies) return
  const open = new Map<string, number>()
  server.on('connection', (socket: Socket) => {
    const { remoteAddress } = socket
    // Gone already.
    if (remoteAddress === undefined) return
    const key = addressKey(remoteAddress)
    const others = open.get(key) ?? 0
    if (others >= maxConnectionsPerAddress) return void socket.destroy()
    open.set(key, others + 1)
    socket.once('close', () => {
      const left = open.get(key)! - 1
      if (left === 0) open.delete(key)
      else open.set(key, left)
    })
  })
}
