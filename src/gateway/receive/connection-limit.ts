import { Failure } from '#failure.ts'
import { countedAs } from './networks.ts'

/** Counts SMTP connections, all together and per client address. */
export interface ConnectionLimit {
  /** Counts a connection in, or throws `TOO_MANY_CONNECTIONS`. Call what it returns once, when the connection ends. */
  enter(address: string): () => void
}

export function makeConnectionLimit(limits: { connections: number; connectionsPerAddress: number }): ConnectionLimit {
  const counts = new Map<string, number>()
  let all = 0
  return {
    enter(client) {
      const address = countedAs(client)
      const count = counts.get(address) ?? 0
      if (all >= limits.connections || count >= limits.connectionsPerAddress) throw new Failure('TOO_MANY_CONNECTIONS')
      counts.set(address, count + 1)
      all += 1
      return () => {
        const left = counts.get(address)! - 1
        if (left > 0) counts.set(address, left)
        else counts.delete(address)
        all -= 1
      }
    },
  }
}
