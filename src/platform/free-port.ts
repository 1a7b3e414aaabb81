import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below the ports that systems give to outgoing connections by themselves, above those that browsers refuse. */
const lowest = 11_000
const highest = 32_000

/**
 * A TCP port on loopback that nobody listens on: `wanted` where it is free, else another. It is not one that the
 * system gives away: between asking and listening, a connection of any other process would take that now and then.
 */
export async function freePort(wanted = randomInt(lowest, highest)): Promise<number> {
  const server = createServer().listen(wanted, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return freePort()
    throw error
  }
  server.close()
  await once(server, 'close')
  return wanted
}
