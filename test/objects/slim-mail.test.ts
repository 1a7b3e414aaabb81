import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openFolderObjects } from '#objects/folder-objects.ts'
import type { Objects } from '#objects/objects.ts'
import { openSlim, sealSlim } from '#objects/slim-mail.ts'

const key = randomBytes(32)
let folder: string
let objects: Objects
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kuvert-slim-'))
  objects = await openFolderObjects(folder)
})
afterAll(() => rm(folder, { recursive: true }))

async function sealed(content: Buffer) {
  const objectKey = randomBytes(20).toString('hex')
  const blocks = Readable.from([content.subarray(0, 100), content.subarray(100)].filter(block => block.length > 0))
  const slim = await sealSlim(objects, { key, objectKey, sizeBytes: content.length }, blocks)
  const isStored = (await Array.fromAsync(objects.list())).some(object => object.key === objectKey)
  return { slim, isStored }
}

test.each([
  [1, false],
  [16 * 1024, false],
  [16 * 1024 + 1, true],
  [3_000_000, true],
])('a slim mail of %i bytes comes back as it was; only a large one is an object', async (sizeBytes, isLarge) => {
  const content = randomBytes(sizeBytes)
  const { slim, isStored } = await sealed(content)
  expect([slim.sealed === null, isStored]).toEqual([isLarge, isLarge])
  expect((await buffer(await openSlim(objects, slim, key))).equals(content)).toBe(true)
  expect((await buffer(await openSlim(objects, slim, key, 500))).equals(content.subarray(0, 500))).toBe(true)
})

test('what is kept in a row can be read with its own key alone, and not where it was changed or is another’s', async () => {
  const { slim } = await sealed(Buffer.from('Subject: secret\r\n\r\nA secret.\r\n'))
  const bytes = Buffer.from(slim.sealed!)
  expect(bytes.includes('secret')).toBe(false)
  const opening = (changed: Partial<typeof slim>, by = key) =>
    openSlim(objects, { ...slim, ...changed }, by).then(stream => buffer(stream))
  await expect(opening({}, randomBytes(32))).rejects.toThrow('not authentic')
  await expect(opening({ key: 'another' })).rejects.toThrow('not authentic')
  await expect(opening({ sealed: bytes.with(60, bytes[60]! ^ 1) })).rejects.toThrow('not authentic')
  await expect(opening({ sealed: bytes.subarray(0, -1) })).rejects.toThrow('shorter')
})
