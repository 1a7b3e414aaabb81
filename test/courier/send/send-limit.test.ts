import { expect, test } from 'vitest'
import { makeSendLimit } from '#courier/send/send-limit.ts'

function start() {
  let time = 1_000_000
  const quiet = { warn: () => undefined, info: () => undefined }
  const limit = makeSendLimit(quiet, 4, () => time)
  return { limit, pass: (milliseconds: number) => (time += milliseconds) }
}

test('pauses grow while the next hop is away, up to half a minute, and end with its first answer', () => {
  const { limit, pass } = start()
  const pauses: number[] = []
  for (let attempt = 0; attempt < 10; attempt += 1) {
    limit.wasAway('away')
    expect(limit.atMost()).toBe(1)
    pauses.push(limit.pauseMs())
    pass(limit.pauseMs())
    expect(limit.pauseMs()).toBe(0)
    expect(limit.isAway()).toBe(true)
  }
  for (const [index, pause] of pauses.entries()) {
    const expected = Math.min(1000 * 2 ** index, 30_000)
    expect(pause).toBeGreaterThanOrEqual(expected * 0.9)
    expect(pause).toBeLessThanOrEqual(expected * 1.1)
  }
  limit.answered()
  expect(limit.isAway()).toBe(false)
  limit.wasAway('again')
  limit.wasAway('the same')
  expect(limit.pauseMs()).toBeLessThanOrEqual(1100)
})

test('a next hop that answers some and sends others away is sent fewer at once, then more again', () => {
  const { limit } = start()
  limit.answered()
  limit.wasAway('too many')
  expect([limit.atMost(), limit.pauseMs(), limit.isAway()]).toEqual([2, 0, false])
  for (let count = 0; count < 11; count += 1) limit.answered()
  expect(limit.atMost()).toBe(3)
  for (let count = 0; count < 50; count += 1) limit.answered()
  expect(limit.atMost()).toBe(4)
})
