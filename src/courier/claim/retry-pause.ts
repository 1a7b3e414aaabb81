import { backoff } from '#platform/backoff.ts'

/** Pauses between attempts, as the settings have them. */
export interface RetryPauses {
  firstPauseSeconds: number
  longestPauseSeconds: number
}

/** Seconds until the next attempt at a delivery or notice, after so many attempts. */
export function retryPause(
  attempts: number,
  { firstPauseSeconds, longestPauseSeconds }: RetryPauses,
  random?: () => number,
): number {
  return backoff(attempts, { first: firstPauseSeconds, longest: longestPauseSeconds }, random)
}

/**
 * As `retryPause`, but at most until the courier gives up: copies of one message then end together, and their sender is
 * told in one notification.
 */
export function retryPauseUntil(giveUpAt: Date, attempts: number, pauses: RetryPauses, random?: () => number): number {
  const pause = retryPause(attempts, pauses, random)
  const leftSeconds = (giveUpAt.getTime() - Date.now()) / 1000
  if (leftSeconds <= 0) return pause
  return Math.min(pause, Math.max(leftSeconds, pauses.firstPauseSeconds))
}
