import { beforeEach, expect, test } from 'vitest'
import { makeSlots, type Slots } from '#portal/fetch/download-slots.ts'

let slots: Slots
let now: number
const cutOff: string[] = []
const take = (session: string) => slots.take(session, () => void cutOff.push(session))
beforeEach(() => {
  now = 0
  cutOff.length = 0
  slots = makeSlots({ downloadsAtOnce: 4, downloadsPerSession: 2 }, () => now)
})

test('a session has so many at the same time, and others have theirs', () => {
  const first = take('a')
  take('a')
  expect(() => take('a')).toThrow(expect.objectContaining({ code: 'DOWNLOADS_OF_SESSION' }))
  take('b')
  first.free()
  take('a')
})

test('when all are taken and all move, the next one has to wait', () => {
  const all = ['a', 'b', 'c', 'd'].map(take)
  now = 100_000
  for (const slot of all) slot.moved()
  expect(() => take('e')).toThrow(expect.objectContaining({ code: 'DOWNLOADS_AT_ONCE' }))
  all[2]!.free()
  take('e')
  expect(cutOff).toEqual([])
})

test('when all are taken, the one that has been still for longest makes room, once it has been so for long', () => {
  const [, second] = ['a', 'b', 'c', 'd'].map(take)
  now = 20_000
  second!.moved()
  expect(() => take('e')).toThrow()
  now = 40_000
  take('e')
  expect(cutOff).toEqual(['a'])
  take('f')
  take('g')
  expect(cutOff).toEqual(['a', 'c', 'd'])
  // What moved since is not cut off.
  expect(() => take('h')).toThrow()
})

test('one that was cut off gives nothing back that others have taken since', () => {
  const [first] = ['a', 'b', 'c', 'd'].map(take)
  now = 40_000
  take('e')
  first!.moved()
  first!.free()
  now = 50_000
  for (const session of ['f', 'g', 'h']) take(session)
  expect(() => take('i')).toThrow()
})
