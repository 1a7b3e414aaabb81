/** The pause after the first failure, and the longest that pauses grow to, in the same unit. */
export interface PauseRange {
  first: number
  longest: number
}

/**
 * Exponential backoff: the pause after `failures` (1 or more) in a row, in the unit of `range`. It doubles with each
 * failure up to the longest, and a tenth of it is random, so that many who failed together do not come back together.
 */
export function backoff(failures: number, { first, longest }: PauseRange, random: () => number = Math.random): number {
  return Math.min(first * 2 ** (failures - 1), longest) * (0.9 + 0.2 * random())
}
