const firstSeconds = 10
const longestSeconds = 3600

/**
 * How long to wait after so many attempts: twice as long each time, up to an hour, with a tenth of chance in it,
 * so that many copies do not come back at once.
 */
export function pauseSeconds(attempts: number, random: () => number = Math.random): number {
  const pause = Math.min(firstSeconds * 2 ** (attempts - 1), longestSeconds)
  return pause * (0.9 + 0.2 * random())
}
