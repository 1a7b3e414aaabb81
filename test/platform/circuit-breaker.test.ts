import { expect, test } from 'vitest'
import { backoff } from '#platform/backoff.ts'
import { makeCircuitBreaker } from '#platform/circuit-breaker.ts'

const pauses = { first: 1000, longest: 30_000 }

test('pauses double with each failure up to the longest, and a tenth of them is random', () => {
  const middle = [1, 2, 3, 5, 6, 1000].map(failures => backoff(failures, pauses, () => 0.5))
  expect(middle).toEqual([1000, 2000, 4000, 16_000, 30_000, 30_000])
  expect(backoff(3, pauses, () => 0)).toBe(3600)
  expect(backoff(3, pauses, () => 1)).toBeCloseTo(4400)
})

test('a circuit breaker is open for the pause, then half open until a success closes it', () => {
  let now = 5000
  const breaker = makeCircuitBreaker(pauses, () => now)
  const state = () => [breaker.isClosed(), breaker.pauseMs() > 0]
  expect(state()).toEqual([true, false])
  const pauseMs = breaker.fail()
  expect(breaker.pauseMs()).toBeCloseTo(pauseMs)
  expect(state()).toEqual([false, true])
  now += 1100
  expect(state()).toEqual([false, false])
  expect(breaker.fail(), 'each failure in a row makes the pause longer').toBeGreaterThanOrEqual(1800)
  breaker.succeed()
  expect(state()).toEqual([true, false])
  expect(breaker.fail(), 'after a success, pauses begin anew').toBeLessThanOrEqual(1100)
})
