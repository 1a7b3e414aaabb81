import type { IncomingMessage, Server } from 'node:http'
import { readAddress } from '#platform/networks.ts'

const field = 'x-forwarded-for'

/**
 * Writes the addresses of X-Forwarded-For as plain ones before anything else reads them: proxies add ports, brackets and quotes.
 * What is no address becomes `unknown`, which is no proxy that is believed, and counts as one client.
 */
export function readForwardedAddresses(server: Server): void {
  server.prependListener('request', ({ headers }: IncomingMessage) => {
    const given = headers[field]
    if (given !== undefined) headers[field] = String(given).split(',').map(plainAddress).join(', ')
  })
}

function plainAddress(text: string): string {
  return readAddress(text)?.toString() ?? 'unknown'
}
