import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openFolderObjects } from '#objects/folder-objects.ts'
import type { Objects } from '#objects/objects.ts'
import { openSealed, putSealed, type SealedObject } from '#objects/sealed-objects.ts'
import { startFaultyProxy } from '../support/faulty-proxy.ts'
import { settingsFor, startMinio } from '../support/minio.ts'
import { hasServer } from '../support/servers.ts'
import { openS3Objects } from '#objects/s3-objects.ts'
import { expectAway, failingStream, freshKey, keysOf, streamOf } from './objects-contract.ts'

const mebibyte = 1024 * 1024

function sealedObject(sizeBytes: number): SealedObject {
  return { objectKey: freshKey(), sizeBytes, key: randomBytes(32), associatedData: Buffer.from('message/file') }
}

describe('a sealed object', () => {
  let folder: string
  let objects: Objects
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kuvert-test-sealed-'))
    objects = await openFolderObjects(folder)
  })
  afterAll(() => rm(folder, { recursive: true }))

  const fileOf = ({ objectKey }: SealedObject): string => join(folder, objectKey.slice(0, 2), objectKey)

  it.each([0, 1, mebibyte, 3 * mebibyte + 5])('gives back the %i bytes that were put', async size => {
    const bytes = randomBytes(size)
    const sealed = sealedObject(size)
    await putSealed(objects, sealed, streamOf(bytes))
    const opened = Buffer.concat(await Array.fromAsync(await openSealed(objects, sealed)))
    expect(opened.equals(bytes)).toBe(true)
  })

  it('gives back any range', async () => {
    const bytes = randomBytes(3 * mebibyte)
    const sealed = sealedObject(bytes.length)
    await putSealed(objects, sealed, streamOf(bytes))
    const borders = [0, 1, mebibyte - 56, mebibyte, 2 * mebibyte + 7, bytes.length - 1, bytes.length]
    for (const start of borders) {
      for (const end of borders.filter(border => border > start)) {
        const part = Buffer.concat(await Array.fromAsync(await openSealed(objects, sealed, { start, end })))
        expect(part.equals(bytes.subarray(start, end))).toBe(true)
      }
    }
    await expect(openSealed(objects, sealed, { start: 0, end: bytes.length + 1 })).rejects.toThrow(RangeError)
  })

  it('shows the storage nothing of what it holds', async () => {
    const secret = Buffer.from('Mycket hemligt. '.repeat(100))
    const sealed = sealedObject(secret.length)
    await putSealed(objects, sealed, streamOf(secret))
    expect((await readFile(fileOf(sealed))).includes('hemligt')).toBe(false)
  })

  it('throws what the source throws, and leaves nothing', async () => {
    const before = await keysOf(objects)
    const trouble = new Error('The scratch file is gone.')
    for (const bytes of [0, 1000, 3 * mebibyte]) {
      const source = failingStream(bytes, trouble)
      await expect(putSealed(objects, sealedObject(4 * mebibyte), source)).rejects.toBe(trouble)
    }
    expect(await keysOf(objects)).toEqual(before)
  })

  it.each([
    [10, 9],
    [10, 11],
    [0, 1],
    [2 * mebibyte, 2 * mebibyte - 1],
    [2 * mebibyte, 2 * mebibyte + 1],
  ])('fails where %i bytes are promised and %i come, and leaves nothing', async (promised, delivered) => {
    const before = await keysOf(objects)
    const source = streamOf(Buffer.alloc(delivered))
    await expect(putSealed(objects, sealedObject(promised), source)).rejects.toThrow(`promised ${promised} bytes`)
    expect(source.destroyed).toBe(true)
    expect(await keysOf(objects)).toEqual(before)
  })

  it('destroys its source also where the storage refuses before it reads', async () => {
    const source = streamOf(Buffer.alloc(10))
    await expect(putSealed(objects, { ...sealedObject(10), objectKey: 'not a key' }, source)).rejects.toThrow(
      /Not a key/,
    )
    expect(source.destroyed).toBe(true)
  })

  it('fails when it was cut, extended, changed or exchanged for another, and yields no byte that is not authentic', async () => {
    const bytes = randomBytes(2 * mebibyte)
    const sealed = sealedObject(bytes.length)
    await putSealed(objects, sealed, streamOf(bytes))
    const ciphertext = await readFile(fileOf(sealed))
    const other = { ...sealedObject(bytes.length), key: sealed.key }
    await putSealed(objects, { ...other, associatedData: Buffer.from('other') }, streamOf(bytes))
    const damaged = [
      ciphertext.subarray(0, -1),
      ciphertext.subarray(0, mebibyte),
      ciphertext.subarray(0, 20),
      Buffer.alloc(0),
      Buffer.concat([ciphertext, Buffer.of(0)]),
      Buffer.concat([ciphertext.subarray(0, mebibyte + 5), Buffer.of(0, 0), ciphertext.subarray(mebibyte + 7)]),
      await readFile(fileOf(other)),
    ]
    for (const content of damaged) {
      await writeFile(fileOf(sealed), content)
      const received: Buffer[] = []
      const reading = (async () => {
        for await (const chunk of await openSealed(objects, sealed)) received.push(chunk as Buffer)
      })()
      await expect(reading).rejects.toThrow()
      const got = Buffer.concat(received)
      expect(got.length).toBeLessThan(bytes.length)
      expect(got.equals(bytes.subarray(0, got.length))).toBe(true)
    }
  })

  it('fails when it has another size than it should have', async () => {
    const sealed = sealedObject(10)
    await putSealed(objects, sealed, streamOf(Buffer.alloc(10)))
    for (const sizeBytes of [0, 9, 11]) {
      const opened = await openSealed(objects, { ...sealed, sizeBytes })
      await expect(Array.fromAsync(opened)).rejects.toThrow(/ciphertext/)
    }
  })

  it('is away when it is not there', async () => {
    await expectAway(openSealed(objects, sealedObject(10)))
    await expectAway(openSealed(objects, sealedObject(10), { start: 1, end: 2 }))
  })

  it.skipIf(!hasServer('minio'))(
    'frees its connection when its reader is gone, even while nothing arrives',
    async () => {
      const minio = await startMinio()
      const proxy = await startFaultyProxy(minio.port)
      try {
        const bucket = openS3Objects({ ...settingsFor(proxy.port), timeoutSeconds: 600 })
        const sealed = sealedObject(20 * mebibyte)
        await putSealed(bucket, sealed, streamOf(Buffer.alloc(sealed.sizeBytes)))
        proxy.hang(5 * mebibyte, 'toClient')
        const opened = await openSealed(bucket, sealed)
        await once(opened, 'readable')
        opened.destroy()
        await expect.poll(() => proxy.connections()).toBe(0)
      } finally {
        await proxy.stop()
        await minio.stop()
      }
    },
  )
})

it('is a folder in the data folder unless another is named', async () => {
  const { openObjects } = await import('#objects/open-objects.ts')
  const folder = await mkdtemp(join(tmpdir(), 'kuvert-test-open-'))
  await openObjects({ kind: 'folder' }, folder)
  await openObjects({ kind: 'folder', path: join(folder, 'elsewhere') }, folder)
  expect((await readdir(folder)).toSorted()).toEqual(['elsewhere', 'objects'])
  await rm(folder, { recursive: true })
})
