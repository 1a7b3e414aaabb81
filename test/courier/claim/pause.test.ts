import { expect, test } from 'vitest'
import { pauseSeconds, pauseUntilGivingUp } from '#courier/claim/pause.ts'

const pauses = { firstPauseSeconds: 10, longestPauseSeconds: 3600 }
const middle = () => 0.5
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000)

test('pauses double up to the longest, a tenth of them by chance', () => {
  const grown = [1, 2, 3, 9, 10, 1000].map(attempts => pauseSeconds(attempts, pauses, middle))
  expect(grown).toEqual([10, 20, 40, 2560, 3600, 3600])
  expect(pauseSeconds(3, pauses, () => 0)).toBe(36)
  expect(pauseSeconds(3, pauses, () => 1)).toBeCloseTo(44)
})

test('the last pause ends when it is time to give up; after that, pauses are as they were', () => {
  expect(pauseUntilGivingUp(20, pauses, inSeconds(600), middle)).toBeCloseTo(600, 0)
  expect(pauseUntilGivingUp(20, pauses, inSeconds(2), middle)).toBe(10)
  expect(pauseUntilGivingUp(20, pauses, inSeconds(86_400), middle)).toBe(3600)
  expect(pauseUntilGivingUp(20, pauses, inSeconds(-5), middle)).toBe(3600)
})
