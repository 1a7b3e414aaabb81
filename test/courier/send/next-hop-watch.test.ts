import { expect, test } from 'vitest'
import { watchNextHop } from '#courier/send/next-hop-watch.ts'

function start() {
  let time = 1_000_000
  const quiet = { warn: () => undefined, info: () => undefined }
  const watch = watchNextHop(quiet, 4, () => time)
  return { watch, pass: (milliseconds: number) => (time += milliseconds) }
}

test('pauses grow while the next hop is away, up to half a minute, and end with its first answer', () => {
  const { watch, pass } = start()
  const pauses: number[] = []
  for (let attempt = 0; attempt < 10; attempt += 1) {
    watch.wasAway('away')
    expect(watch.atMost()).toBe(1)
    pauses.push(watch.pauseMs())
    pass(watch.pauseMs())
    expect(watch.pauseMs()).toBe(0)
    expect(watch.isAway()).toBe(true)
  }
  for (const [index, pause] of pauses.entries()) {
    const expected = Math.min(1000 * 2 ** index, 30_000)
    expect(pause).toBeGreaterThanOrEqual(expected * 0.9)
    expect(pause).toBeLessThanOrEqual(expected * 1.1)
  }
  watch.answered()
  expect(watch.isAway()).toBe(false)
  watch.wasAway('again')
  watch.wasAway('the same')
  expect(watch.pauseMs()).toBeLessThanOrEqual(1100)
})

test('a next hop that answers some and sends others away is sent fewer at once, then more again', () => {
  const { watch } = start()
  watch.answered()
  watch.wasAway('too many')
  expect([watch.atMost(), watch.pauseMs(), watch.isAway()]).toEqual([2, 0, false])
  for (let count = 0; count < 11; count += 1) watch.answered()
  expect(watch.atMost()).toBe(3)
  for (let count = 0; count < 50; count += 1) watch.answered()
  expect(watch.atMost()).toBe(4)
})
