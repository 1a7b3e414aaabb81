import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ByteRange, StoredObject } from '#model.ts'
import { openFolderObjects } from '#objects/folder-objects.ts'
import type { Objects } from '#objects/objects.ts'
import { openSealedFile } from '#objects/sealed-file.ts'
import { putSealed } from '#objects/sealed-objects.ts'

const key = randomBytes(32)
const plain = randomBytes(2_500_000)
let folder: string
let storage: Objects

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kuvert-sealed-file-'))
  storage = await openFolderObjects(folder)
})
afterAll(() => rm(folder, { recursive: true }))

/** Stores the plain bytes in objects of these sizes. */
async function storedIn(sizes: number[]): Promise<StoredObject[]> {
  const objects: StoredObject[] = []
  let at = 0
  for (const sizeBytes of sizes) {
    const objectKey = randomBytes(20).toString('hex')
    const piece = plain.subarray(at, (at += sizeBytes))
    const sealed = { objectKey, sizeBytes, key, associatedData: Buffer.from(objectKey) }
    await putSealed(storage, sealed, pieces(piece))
    objects.push({ key: objectKey, sizeBytes })
  }
  return objects
}

async function* pieces(bytes: Buffer) {
  yield bytes
}

async function read(objects: StoredObject[], range?: ByteRange): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(await openSealedFile(storage, { key, objects }, range)))
}

describe.each([
  ['one object', [2_500_000]],
  ['three objects', [1_048_576, 7, 1_451_417]],
  ['objects of which some are empty', [0, 2_000_000, 0, 500_000, 0]],
])('a file of %s', (_, sizes) => {
  test.each([
    [undefined],
    [{ start: 0, end: 1 }],
    [{ start: 1_048_570, end: 1_048_590 }],
    [{ start: 1_999_999, end: 2_000_001 }],
    [{ start: 2_499_999, end: 2_500_000 }],
    [{ start: 5, end: 2_499_995 }],
  ])('is read back, %o', async range => {
    const bytes = await read(await storedIn(sizes), range)
    expect(bytes.equals(plain.subarray(range?.start ?? 0, range?.end))).toBe(true)
  })
})

test('a file without objects is empty', async () => {
  expect(await read([])).toHaveLength(0)
})

test('a file whose later object is gone never ends as if it were whole', async () => {
  const objects = await storedIn([1_000_000, 1_500_000])
  await storage.remove(objects[1]!.key)
  await expect(read(objects)).rejects.toMatchObject({ code: 'OBJECTS_AWAY' })
})

test('an object with other bytes than its file says never passes for it', async () => {
  const [first] = await storedIn([1_000_000, 1_500_000])
  await expect(read([{ key: first!.key, sizeBytes: 1_500_000 }])).rejects.toThrow()
})

test('destroying the stream closes the object that is open', async () => {
  const stream = await openSealedFile(storage, { key, objects: await storedIn([2_000_000, 500_000]) })
  stream.once('data', () => stream.destroy())
  await expect(Array.fromAsync(stream)).rejects.toThrow()
  expect(stream.destroyed).toBe(true)
})
