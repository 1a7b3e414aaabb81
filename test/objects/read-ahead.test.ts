import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { readInto } from '#objects/byte-source.ts'
import { readBlocks, spareMemory } from '#objects/read-ahead.ts'

const blockBytes = 1000

/** A stream of so many bytes in chunks that fit no block, and how much of it has been taken. */
function streamed(sizeBytes: number) {
  const bytes = randomBytes(sizeBytes)
  const chunks = Array.from({ length: Math.ceil(sizeBytes / 300) }, (_, at) => bytes.subarray(at * 300, at * 300 + 300))
  let taken = 0
  const stream = new Readable({
    highWaterMark: 1,
    read() {
      const chunk = chunks.shift() ?? null
      taken += chunk?.length ?? 0
      this.push(chunk)
    },
  })
  return { bytes, source: readInto(stream), taken: () => taken }
}

test('blocks come whole and in their order, begun ahead or not', async () => {
  const { bytes, source } = streamed(5500)
  const spare = spareMemory(1, blockBytes)
  const reader = readBlocks(source, blockBytes, spare)
  const read: Buffer[] = []
  for (const isAhead of [false, true, true, false, true, true]) {
    if (isAhead) reader.begin(blockBytes)
    read.push(Buffer.from(await reader.next(blockBytes)))
  }
  expect(read.map(block => block.length)).toEqual([1000, 1000, 1000, 1000, 1000, 500])
  expect(Buffer.concat(read).equals(bytes)).toBe(true)
})

test('a block is good until the next one is asked for, though that has been read', async () => {
  const { bytes, source } = streamed(2000)
  const reader = readBlocks(source, blockBytes, spareMemory(1, blockBytes))
  const first = await reader.next(blockBytes)
  reader.begin(blockBytes)
  await new Promise(resolve => setTimeout(resolve, 50))
  expect(first.equals(bytes.subarray(0, 1000))).toBe(true)
})

test('where the spare memory is lent, nothing is read ahead until it is given back', async () => {
  const spare = spareMemory(1, blockBytes)
  const [one, other] = [streamed(9000), streamed(9000)]
  const [first, second] = [readBlocks(one.source, blockBytes, spare), readBlocks(other.source, blockBytes, spare)]
  first.begin(blockBytes)
  second.begin(blockBytes)
  await new Promise(resolve => setTimeout(resolve, 50))
  expect(one.taken()).toBeGreaterThanOrEqual(blockBytes)
  expect(other.taken()).toBe(0)
  first.close()
  second.begin(blockBytes)
  await new Promise(resolve => setTimeout(resolve, 50))
  expect(other.taken()).toBeGreaterThanOrEqual(blockBytes)
})

test('a source that fails ahead of its reader is told to the reader, and to nobody where nobody asks', async () => {
  const spare = spareMemory(2, blockBytes)
  const broken = () => readInto(new Readable({ read() {} }).destroy(new Error('broken')))
  const [asked, unasked] = [readBlocks(broken(), blockBytes, spare), readBlocks(broken(), blockBytes, spare)]
  asked.begin(blockBytes)
  unasked.begin(blockBytes)
  await new Promise(resolve => setTimeout(resolve, 50))
  await expect(asked.next(blockBytes)).rejects.toThrow('broken')
  unasked.close()
})
