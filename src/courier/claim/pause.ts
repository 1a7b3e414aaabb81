/** How long pauses between attempts are: the first, and the longest that they grow to. */
export interface Pauses {
  firstPauseSeconds: number
  longestPauseSeconds: number
}

/**
 * How long to wait after so many attempts: twice as long each time, up to the longest, with a tenth of chance in it,
 * so that many copies do not come back at once.
 */
export function pauseSeconds(
  attempts: number,
  { firstPauseSeconds, longestPauseSeconds }: Pauses,
  random: () => number = Math.random,
): number {
  const pause = Math.min(firstPauseSeconds * 2 ** (attempts - 1), longestPauseSeconds)
  return pause * (0.9 + 0.2 * random())
}

/**
 * As `pauseSeconds`, but no longer than until it is time to give up: copies of one message then end together, and
 * their sender is told in one notification.
 */
export function pauseUntilGivingUp(attempts: number, pauses: Pauses, giveUpAt: Date, random?: () => number): number {
  const pause = pauseSeconds(attempts, pauses, random)
  const leftSeconds = (giveUpAt.getTime() - Date.now()) / 1000
  if (leftSeconds <= 0) return pause
  return Math.min(pause, Math.max(leftSeconds, pauses.firstPauseSeconds))
}
