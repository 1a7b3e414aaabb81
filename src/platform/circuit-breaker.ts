import { backoff, type PauseRange } from './backoff.ts'

/**
 * Circuit breaker: remembers whether something failed when it was last used. After a failure it is open, and nothing is
 * tried until the backoff is over. Then it is half open: the next attempt shows whether it closes or opens for longer.
 */
export interface CircuitBreaker {
  /** False from a failure until the next success. */
  isClosed(): boolean
  /** Milliseconds until it is half open; 0 if something may be tried now. */
  pauseMs(): number
  /** Opens it. Returns the pause in milliseconds, which grows with each failure in a row. */
  fail(): number
  succeed(): void
}

/** A closed circuit breaker. `pauses` and `now` (a clock that never goes back) are in milliseconds. */
export function makeCircuitBreaker(pauses: PauseRange, now: () => number = () => performance.now()): CircuitBreaker {
  let failures = 0
  let openUntil = 0
  return {
    isClosed: () => failures === 0,
    pauseMs: () => Math.max(0, openUntil - now()),
    fail: () => {
      failures += 1
      const pauseMs = backoff(failures, pauses)
      openUntil = now() + pauseMs
      return pauseMs
    },
    succeed: () => {
      failures = 0
      openUntil = 0
    },
  }
}
