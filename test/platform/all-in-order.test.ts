import { expect, test } from 'vitest'
import { allInOrder } from '#platform/all-in-order.ts'

test('all values come in the order of the list', async () => {
  expect(await allInOrder([Promise.resolve(1), Promise.resolve('two')])).toEqual([1, 'two'])
})

test('of two failures the first in the list is thrown, whichever came first', async () => {
  const slow = Promise.withResolvers<never>()
  const quick = Promise.reject(new Error('the second'))
  const all = allInOrder([slow.promise, quick])
  await quick.catch(() => slow.reject(new Error('the first')))
  await expect(all).rejects.toThrow('the first')
})

test('one failure waits for the others to end', async () => {
  const slow = Promise.withResolvers<string>()
  let hasEnded = false
  const all = allInOrder([Promise.reject(new Error('at once')), slow.promise]).catch(() => (hasEnded = true))
  await new Promise(setImmediate)
  expect(hasEnded).toBe(false)
  slow.resolve('done')
  await all
  expect(hasEnded).toBe(true)
})
