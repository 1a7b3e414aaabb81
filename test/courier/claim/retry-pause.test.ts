import { expect, test } from 'vitest'
import { retryPause, retryPauseUntil } from '#courier/claim/retry-pause.ts'

const pauses = { firstPauseSeconds: 10, longestPauseSeconds: 3600 }
const middle = () => 0.5
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000)

test('pauses double up to the longest, a tenth of them by chance', () => {
  const grown = [1, 2, 3, 9, 10, 1000].map(attempts => retryPause(attempts, pauses, middle))
  expect(grown).toEqual([10, 20, 40, 2560, 3600, 3600])
  expect(retryPause(3, pauses, () => 0)).toBe(36)
  expect(retryPause(3, pauses, () => 1)).toBeCloseTo(44)
})

test('the last pause ends when it is time to give up; after that, pauses are as they were', () => {
  expect(retryPauseUntil(inSeconds(600), 20, pauses, middle)).toBeCloseTo(600, 0)
  expect(retryPauseUntil(inSeconds(2), 20, pauses, middle)).toBe(10)
  expect(retryPauseUntil(inSeconds(86_400), 20, pauses, middle)).toBe(3600)
  expect(retryPauseUntil(inSeconds(-5), 20, pauses, middle)).toBe(3600)
})
