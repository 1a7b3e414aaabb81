import { expect, test } from 'vitest'
import { gather } from '#platform/batch.ts'

test('what comes while a write is under way is written together, in its order, and each hears of its own', async () => {
  const batches: number[][] = []
  const write = gather<number>(
    async items => {
      await new Promise(setImmediate)
      batches.push(items)
    },
    () => false,
  )
  await Promise.all([1, 2, 3, 4].map(write))
  await write(5)
  expect(batches).toEqual([[1], [2, 3, 4], [5]])
})

test('one that cannot be written spoils no other', async () => {
  const written: number[] = []
  const write = gather<number>(
    async items => {
      await new Promise(setImmediate)
      if (items.includes(3)) throw new Error('odd')
      written.push(...items)
    },
    () => false,
  )
  const results = await Promise.allSettled([1, 2, 3, 4].map(write))
  expect(results.map(result => result.status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
  expect(written).toEqual([1, 2, 4])
})

test('an outage is everybody’s at once, and the next one is tried again', async () => {
  let tries = 0
  const write = gather<number>(
    async () => {
      tries += 1
      await new Promise(setImmediate)
      if (tries < 3) throw new Error('away')
    },
    () => true,
  )
  const results = await Promise.allSettled([1, 2, 3, 4].map(write))
  expect([results.filter(result => result.status === 'rejected').length, tries]).toEqual([4, 2])
  await write(5)
})
