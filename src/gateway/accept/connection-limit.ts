import { addressKey } from '#platform/address-key.ts'
import { Failure } from '#failure.ts'

/** What one connection is counted as. */
export interface Place {
  /** The client has logged in: it is no stranger any more. */
  becomeKnown(): void
  /** The connection has ended. Call it once. */
  leave(): void
}

/** Counts SMTP connections: in all, per client address, and of strangers, who are neither trusted nor logged in. */
export interface ConnectionLimit {
  /** Counts a connection in, or throws `TOO_MANY_CONNECTIONS`. */
  enter(address: string, isTrusted: boolean): Place
}

/**
 * Clients of trusted networks are counted apart from all others, with as many places, and strangers get half of the others'
 * places: so strangers keep out neither the organisation's own servers nor those who can log in.
 */
export function makeConnectionLimit(limits: { connections: number; connectionsPerAddress: number }): ConnectionLimit {
  const counts = new Map<string, number>()
  const mostStrangers = Math.ceil(limits.connections / 2)
  const all = { trusted: 0, others: 0, strangers: 0 }
  return {
    enter(client, isTrusted) {
      const address = addressKey(client)
      const count = counts.get(address) ?? 0
      const kind = isTrusted ? 'trusted' : 'others'
      const isFull = all[kind] >= limits.connections || (!isTrusted && all.strangers >= mostStrangers)
      if (isFull || count >= limits.connectionsPerAddress) throw new Failure('TOO_MANY_CONNECTIONS')
      counts.set(address, count + 1)
      all[kind] += 1
      let isStranger = !isTrusted
      if (isStranger) all.strangers += 1
      const becomeKnown = () => {
        if (isStranger) all.strangers -= 1
        isStranger = false
      }
      return {
        becomeKnown,
        leave() {
          becomeKnown()
          const left = counts.get(address)! - 1
          if (left > 0) counts.set(address, left)
          else counts.delete(address)
          all[kind] -= 1
        },
      }
    },
  }
}
