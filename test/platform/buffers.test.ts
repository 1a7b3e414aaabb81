import { expect, test } from 'vitest'
import { makeBlockMemory } from '#platform/buffers.ts'

const mebibyte = 1024 ** 2

test('memory is used again, by one at a time', () => {
  const memory = makeBlockMemory(true)
  const [first, second] = [memory.take(mebibyte), memory.take(mebibyte)]
  expect(first.buffer).not.toBe(second.buffer)
  memory.giveBack(first)
  expect(memory.take(2 * mebibyte).length).toBe(2 * mebibyte)
  expect(memory.take(mebibyte).buffer).toBe(first.buffer)
  expect(memory.take(mebibyte).buffer).not.toBe(first.buffer)
})

test('no more is kept than many mails need', () => {
  const memory = makeBlockMemory(true)
  const taken = Array.from({ length: 40 }, () => memory.take(mebibyte))
  for (const each of taken) memory.giveBack(each)
  const again = Array.from({ length: 40 }, () => memory.take(mebibyte))
  const known = new Set(taken.map(each => each.buffer))
  expect(again.filter(each => known.has(each.buffer))).toHaveLength(16)
})

test('small blocks are kept rather than large ones', () => {
  const memory = makeBlockMemory(true)
  const large = Array.from({ length: 8 }, () => memory.take(2 * mebibyte))
  const small = Array.from({ length: 40 }, () => memory.take(mebibyte / 16))
  for (const each of [...large, ...small]) memory.giveBack(each)
  const known = new Set([...large, ...small].map(each => each.buffer))
  const count = (sizeBytes: number, times: number) =>
    Array.from({ length: times }, () => memory.take(sizeBytes)).filter(each => known.has(each.buffer)).length
  expect([count(mebibyte / 16, 40), count(2 * mebibyte, 8)]).toEqual([40, 6])
})
