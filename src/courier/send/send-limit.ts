import type { Logger } from 'pino'
import { makeCircuitBreaker } from '#platform/circuit-breaker.ts'

/**
 * How many mails the next hop may be sent at the same time, as its latest answers have shown: fewer if it sends some away,
 * none while it is away. If it is away, one mail at a time finds out whether it is back, and not each of thousands.
 */
export interface SendLimit {
  /** Milliseconds for which nothing is to be sent; 0 if something may be tried. */
  pauseMs(): number
  /** How many mails may be sent at the same time, at least 1. */
  atMost(): number
  isAway(): boolean
  /** The next hop could not be reached, or sent us away; `why` is for the log. */
  wasAway(why: unknown): void
  answered(): void
}

/** Pauses while the next hop is away, in milliseconds. */
const pauses = { first: 1000, longest: 30_000 }
/** After trouble, one more at once for each ten answers. */
const growth = 0.1

/** A limit of `atOnce` to begin with; `now` as for the circuit breaker. */
export function makeSendLimit(log: Pick<Logger, 'warn' | 'info'>, atOnce: number, now?: () => number): SendLimit {
  const breaker = makeCircuitBreaker(pauses, now)
  let limit = atOnce
  let hasAnswered = false
  return {
    pauseMs: breaker.pauseMs,
    atMost: () => Math.floor(limit),
    isAway: () => !breaker.isClosed(),
    wasAway: why => {
      // Mails that were under way together find out the same thing.
      if (breaker.pauseMs() > 0) return
      if (hasAnswered && limit >= 2) {
        // It answers others of ours: perhaps it takes no more connections. If it has gone, the next mail finds that out.
        hasAnswered = false
        limit = Math.floor(limit / 2)
        log.warn({ err: why, atMost: limit }, 'the next hop sends some away; fewer are sent at once')
        return
      }
      limit = 1
      log.warn({ err: why, pauseMs: Math.round(breaker.fail()) }, 'the next hop is away; what is queued waits')
    },
    answered: () => {
      if (!breaker.isClosed()) log.info('the next hop is back')
      breaker.succeed()
      hasAnswered = true
      limit = Math.min(atOnce, limit + growth)
    },
  }
}
