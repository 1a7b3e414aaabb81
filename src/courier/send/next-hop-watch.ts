import type { Logger } from 'pino'

/**
 * Whether the next hop is there, and how much it takes at once, as the mails that were sent of late have shown. While it
 * is away, one mail at a time finds out whether it is back, with growing pauses, and not each of thousands.
 */
export interface NextHopWatch {
  /** For how many milliseconds nothing is to be sent; 0 where it may be tried. */
  pauseMs(): number
  /** How many mails may be sent at the same time, at least 1. */
  atMost(): number
  isAway(): boolean
  /** It could not be reached, or sent us away; `why` is for the log. */
  wasAway(why: unknown): void
  answered(): void
}

const firstPauseMs = 1000
const longestPauseMs = 30_000
/** After trouble, one more at once for each ten answers. */
const growth = 0.1

export function watchNextHop(
  log: Pick<Logger, 'warn' | 'info'>,
  atOnce: number,
  now: () => number = Date.now,
): NextHopWatch {
  let limit = atOnce
  let hasAnswered = false
  let failures = 0
  let pausedUntil = 0
  const pauseMs = () => Math.max(0, pausedUntil - now())
  return {
    pauseMs,
    atMost: () => Math.floor(limit),
    isAway: () => failures > 0,
    wasAway: why => {
      // Mails that were under way together find out the same thing.
      if (pauseMs() > 0) return
      if (hasAnswered && limit >= 2) {
        // It answers others of ours: perhaps it takes no more connections. Whether it has gone, the next one finds out.
        hasAnswered = false
        limit = Math.floor(limit / 2)
        log.warn({ err: why, atMost: limit }, 'the next hop sends some away; fewer are sent at once')
        return
      }
      const pause = Math.min(firstPauseMs * 2 ** failures, longestPauseMs) * (0.9 + 0.2 * Math.random())
      failures += 1
      limit = 1
      pausedUntil = now() + pause
      log.warn({ err: why, pauseMs: Math.round(pause) }, 'the next hop is away; what is queued waits')
    },
    answered: () => {
      if (failures > 0) log.info('the next hop is back')
      failures = 0
      pausedUntil = 0
      hasAnswered = true
      limit = Math.min(atOnce, limit + growth)
    },
  }
}
