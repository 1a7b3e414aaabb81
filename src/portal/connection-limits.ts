import type { Server, ServerOptions } from 'node:http'

const headerSeconds = 10
/** How often Node looks for clients that are too slow. */
const lookEverySeconds = 2
const maxHeaderBytes = 16 * 1024
/** Those beyond it are dropped at once: in one process with the gateway, strangers must not take all that can be opened. */
const maxConnections = 2000

/**
 * What a client may take of the server before any of our code hears of it. A client that sends nothing, or its header a
 * byte at a time, is dropped (RFC 9110 section 15.5.9).
 */
export const connectionOptions: ServerOptions = {
  headersTimeout: headerSeconds * 1000,
  connectionsCheckingInterval: lookEverySeconds * 1000,
  maxHeaderSize: maxHeaderBytes,
}

/** Bounds how many clients are connected at the same time. */
export function limitConnections(server: Server): void {
  server.maxConnections = maxConnections
}
