import { makeCircuitBreaker, type CircuitBreaker } from '#platform/circuit-breaker.ts'
import type { NextHop } from './next-hop.ts'

/** How long a next hop that is away is left alone, in milliseconds. */
const pauses = { first: 1000, longest: 30_000 }

export interface NamedNextHop {
  name: string
  hop: NextHop
}

/** Which of several next hops can be used, as far as is known. */
export interface HostHealth {
  /** All of them, best first: those that are well in their own order, then those that are away, the next to be probed first. */
  inOrder(): NamedNextHop[]
  isBack(hop: NamedNextHop): void
  isAway(hop: NamedNextHop, why: string): void
}

interface Host {
  hop: NamedNextHop
  breaker: CircuitBreaker
  isBeingProbed: boolean
}

/**
 * Keeps a circuit breaker for each next hop; all are closed at first. If a mail comes by when one is half open, Kuvert
 * probes that next hop, and the mail does not wait for it. `warn` gets a sentence when a next hop goes away and when it
 * is back.
 */
export function watchHostHealth(hops: NamedNextHop[], warn: (sentence: string) => void): HostHealth {
  const hosts = hops.map((hop): Host => ({ hop, breaker: makeCircuitBreaker(pauses), isBeingProbed: false }))
  const hostOf = (hop: NamedNextHop) => hosts.find(host => host.hop === hop)!

  const succeed = ({ hop, breaker }: Host) => {
    if (!breaker.isClosed()) warn(`The next hop ${hop.name} is back.`)
    breaker.succeed()
  }
  const probe = async (host: Host) => {
    host.isBeingProbed = true
    if (await answersMail(host.hop.hop)) succeed(host)
    else if (!host.breaker.isClosed()) host.breaker.fail()
    host.isBeingProbed = false
  }
  const waitMs = ({ breaker, isBeingProbed }: Host) => (isBeingProbed ? Infinity : breaker.pauseMs())
  return {
    inOrder: () => {
      const away = hosts.filter(({ breaker }) => !breaker.isClosed())
      const inOrder = away.map(host => ({ host, wait: waitMs(host) })).toSorted((one, other) => one.wait - other.wait)
      for (const { host, wait } of inOrder) if (wait === 0) void probe(host)
      return [...hops.filter(hop => hostOf(hop).breaker.isClosed()), ...inOrder.map(({ host }) => host.hop)]
    },
    isBack: hop => succeed(hostOf(hop)),
    isAway: (hop, why) => {
      const { breaker } = hostOf(hop)
      // Many mails may find it out at the same time.
      if (!breaker.isClosed()) return
      breaker.fail()
      warn(`The next hop ${hop.name} is away; others are tried. ${why}`)
    },
  }
}

/** Begins a transaction and ends it: that a kept connection exists says nothing of the next hop until it is used. */
async function answersMail(hop: NextHop): Promise<boolean> {
  try {
    const session = await hop.open()
    const answer = session.mail('', [])
    return await answer.then(({ code }) => code !== 421).finally(session.release)
  } catch {
    return false // It is known to be away: nobody needs to hear that it still is.
  }
}
