import { expect, test } from 'vitest'
import { makeFloodGuard } from '#audit/flood-guard.ts'

test('so many a minute are let through, and the next one says how many were held back', () => {
  let now = 0
  const guard = makeFloodGuard(2, () => now)
  expect(['a', 'a', 'a', 'b', 'a'].map(guard.admit)).toEqual([0, 0, null, 0, null])
  now = 59_999
  expect(guard.admit('a')).toBe(null)
  now = 60_000
  expect(['a', 'a', 'a'].map(guard.admit)).toEqual([3, 0, null])
})

test('it remembers a bounded number of keys', () => {
  const guard = makeFloodGuard(1, () => 0)
  expect(guard.admit('first')).toBe(0)
  for (let index = 0; index < 10_000; index += 1) guard.admit(`key ${index}`)
  expect(guard.admit('first')).toBe(0)
  expect(guard.admit('key 9999')).toBe(null)
})
