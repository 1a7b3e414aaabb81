import type { Logger } from 'pino'

/**
 * Whether the next hop is there, as the mails that were sent of late have shown. While it is away, one mail at a time
 * finds out whether it is back, with growing pauses, and not each of thousands.
 */
export interface NextHopWatch {
  /** For how many milliseconds nothing is to be sent; 0 where it may be tried. */
  pauseMs(): number
  isAway(): boolean
  /** It could not be reached, or sent everybody away; `why` is for the log. */
  wasAway(why: unknown): void
  answered(): void
}

const firstPauseMs = 1000
const longestPauseMs = 30_000

export function watchNextHop(log: Pick<Logger, 'warn' | 'info'>, now: () => number = Date.now): NextHopWatch {
  let failures = 0
  let pausedUntil = 0
  const pauseMs = () => Math.max(0, pausedUntil - now())
  return {
    pauseMs,
    isAway: () => failures > 0,
    wasAway: why => {
      // Mails that were under way together find out the same thing.
      if (pauseMs() > 0) return
      const pause = Math.min(firstPauseMs * 2 ** failures, longestPauseMs) * (0.9 + 0.2 * Math.random())
      failures += 1
      pausedUntil = now() + pause
      log.warn({ err: why, pauseMs: Math.round(pause) }, 'the next hop is away; what is queued waits')
    },
    answered: () => {
      if (failures > 0) log.info('the next hop is back')
      failures = 0
      pausedUntil = 0
    },
  }
}
