import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Objects } from '#objects/objects.ts'
import { openS3Objects } from '#objects/s3-objects.ts'
import { startFaultyProxy, type FaultyProxy } from '../support/faulty-proxy.ts'
import { startLyingProxy } from '../support/lying-proxy.ts'
import { settingsFor, startMinio, type Minio } from '../support/minio.ts'
import { hasServer } from '../support/servers.ts'
import {
  describeObjects,
  expectAway,
  failingStream,
  freshKey,
  keysOf,
  openStream,
  read,
  streamOf,
} from './objects-contract.ts'

const mebibyte = 1024 * 1024

describe.skipIf(!hasServer('minio'))('object storage in a bucket', () => {
  let minio: Minio
  let objects: Objects
  beforeAll(async () => {
    minio = await startMinio()
    objects = openS3Objects(minio.settings)
  })
  afterAll(() => minio.stop())

  async function unfinishedUploads(name: string): Promise<unknown[]> {
    return Array.fromAsync(minio.client.listIncompleteUploads(minio.settings.bucket, name, true))
  }

  describeObjects(() => objects)

  it('aborts the upload of a put that fails', async () => {
    const key = freshKey()
    const trouble = new Error('Gone.')
    await expect(objects.put(key, 30 * mebibyte, failingStream(20 * mebibyte, trouble))).rejects.toBe(trouble)
    expect(await unfinishedUploads(key)).toEqual([])
  })

  it('removes the unfinished upload that a killed process left under a key', async () => {
    const key = freshKey()
    await minio.client.initiateNewMultipartUpload(minio.settings.bucket, key, {})
    expect(await unfinishedUploads(key)).toHaveLength(1)
    await objects.remove(key)
    expect(await unfinishedUploads(key)).toEqual([])
  })

  it('keeps to its prefix', async () => {
    const prefixed = openS3Objects({ ...minio.settings, prefix: 'kuvert/' })
    const key = freshKey()
    await prefixed.put(key, 3, streamOf(Buffer.from('abc')))
    expect(await keysOf(prefixed)).toEqual([key])
    expect(await keysOf(objects)).toContain(`kuvert/${key}`)
    expect(String(await read(prefixed, key))).toBe('abc')
    await prefixed.remove(key)
    expect(await keysOf(prefixed)).toEqual([])
  })

  it('lists more than one page', async () => {
    const prefixed = openS3Objects({ ...minio.settings, prefix: 'many/' })
    const keys = Array.from({ length: 1003 }, freshKey)
    for (let at = 0; at < keys.length; at += 50) {
      await Promise.all(
        keys.slice(at, at + 50).map(key => minio.client.putObject(minio.settings.bucket, `many/${key}`, 'x')),
      )
    }
    expect((await keysOf(prefixed)).toSorted()).toEqual(keys.toSorted())
  })

  it('does not believe a put whose object turns out to have another size', async () => {
    const proxy = await startLyingProxy(minio.port, answer => {
      if (answer.method === 'HEAD') answer.headers['content-length'] = '999'
    })
    const cause = await expectAway(
      openS3Objects(settingsFor(proxy.port)).put(freshKey(), 1000, streamOf(Buffer.alloc(1000))),
    )
    expect(cause).toContain('999 bytes instead of 1000')
    await proxy.stop()
  })

  it('does not take a whole object for a range of it', async () => {
    const key = freshKey()
    await objects.put(key, 1000, streamOf(Buffer.alloc(1000)))
    const proxy = await startLyingProxy(minio.port, answer => void (answer.status = 200))
    const cause = await expectAway(openStream(openS3Objects(settingsFor(proxy.port)), key, { start: 500, end: 600 }))
    expect(cause).toContain('status 200')
    await proxy.stop()
  })

  it('is away for a wrong secret or a missing bucket, and the error holds no secret', async () => {
    const secretKey = 'a-secret-that-is-wrong'
    const wrong = openS3Objects({ ...minio.settings, secretKey })
    const missing = openS3Objects({ ...minio.settings, bucket: 'missing' })
    for (const away of [wrong, missing]) {
      await expectAway(away.check())
      await expectAway(away.put(freshKey(), 1, streamOf(Buffer.alloc(1))))
      await expectAway(away.put(freshKey(), 9 * mebibyte, streamOf(Buffer.alloc(9 * mebibyte))))
      await expectAway(openStream(away, freshKey()))
      await expectAway(keysOf(away))
    }
    const error = await wrong.put(freshKey(), 1, streamOf(Buffer.alloc(1))).catch((reason: unknown) => reason)
    expect(inspectDeeply(error)).not.toContain(secretKey)
    expect(inspectDeeply(error)).not.toContain(minio.settings.accessKey)
  })

  describe('over a faulty line', () => {
    let proxy: FaultyProxy
    beforeAll(async () => {
      proxy = await startFaultyProxy(minio.port)
    })
    afterEach(() => proxy.heal())
    afterAll(() => proxy.stop())

    /** A client of its own for each attempt: no connection is kept from before the line was healed. */
    function impatient(timeoutSeconds = 0.5): Objects {
      return openS3Objects({ ...settingsFor(proxy.port), timeoutSeconds })
    }

    it.each([100, mebibyte, 12 * mebibyte])(
      'gives up a put that hangs after %i bytes, and leaves nothing',
      async at => {
        const key = freshKey()
        proxy.hang(at)
        const source = streamOf(Buffer.alloc(20 * mebibyte))
        expect(await expectAway(impatient().put(key, 20 * mebibyte, source))).toContain('No byte moved')
        expect(source.destroyed).toBe(true)
        await expectAway(openStream(objects, key))
      },
    )

    it('gives up a put that is never answered', async () => {
      proxy.hang(0, 'toClient')
      const attempt = impatient().put(freshKey(), 1000, streamOf(Buffer.alloc(1000)))
      expect(await expectAway(attempt)).toContain('No byte moved')
    })

    it.each([100, mebibyte, 12 * mebibyte])(
      'gives up a put that is cut after %i bytes, and leaves nothing',
      async at => {
        const key = freshKey()
        proxy.cut(at)
        const source = streamOf(Buffer.alloc(20 * mebibyte))
        await expectAway(impatient().put(key, 20 * mebibyte, source))
        expect(source.destroyed).toBe(true)
        await expectAway(openStream(objects, key))
      },
    )

    it('fails a get that hangs or is cut midway, and never ends it as if it were whole', async () => {
      const key = freshKey()
      await objects.put(key, 20 * mebibyte, streamOf(Buffer.alloc(20 * mebibyte)))
      proxy.cut(5 * mebibyte, 'toClient')
      await expectAway(read(impatient(), key))
      proxy.heal()
      proxy.hang(5 * mebibyte, 'toClient')
      expect(await expectAway(read(impatient(), key))).toContain('No byte moved')
      proxy.heal()
      proxy.hang(5 * mebibyte, 'toClient')
      expect(await expectAway(read(impatient(), key, { start: 10, end: 15 * mebibyte }))).toContain('No byte moved')
    })

    it('gives up a list that hangs midway', async () => {
      const keys = Array.from({ length: 200 }, freshKey)
      await Promise.all(keys.map(key => objects.put(key, 1, streamOf(Buffer.alloc(1)))))
      proxy.hang(20_000, 'toClient')
      expect(await expectAway(keysOf(impatient()))).toContain('No byte moved')
    })

    it('closes the connection of a get whose reader is gone, even while nothing arrives', async () => {
      const key = freshKey()
      await objects.put(key, 20 * mebibyte, streamOf(Buffer.alloc(20 * mebibyte)))
      proxy.hang(mebibyte, 'toClient')
      const body = await openStream(impatient(600), key)
      for await (const chunk of body) if ((chunk as Buffer).length > 0) break
      await expect.poll(() => proxy.connections()).toBe(0)
    })

    it('waits for a storage that is slow but moves', async () => {
      const key = freshKey()
      proxy.slow(10)
      // Longer on the way than the timeout, also when the kernel has taken some of it.
      await impatient(1.5).put(key, 20 * mebibyte, streamOf(Buffer.alloc(20 * mebibyte)))
      expect((await read(impatient(1.5), key)).length).toBe(20 * mebibyte)
    })

    it('waits for a reader that is slower than the storage may be', async () => {
      const key = freshKey()
      await objects.put(key, 20 * mebibyte, streamOf(Buffer.alloc(20 * mebibyte)))
      let bytes = 0
      for await (const chunk of await openStream(impatient(), key)) {
        if (bytes === 0) await delay(1500)
        bytes += (chunk as Buffer).length
      }
      expect(bytes).toBe(20 * mebibyte)
    })

    it('waits for a source that is slower than the storage may be', async () => {
      const source = async function* (): AsyncGenerator<Buffer> {
        yield Buffer.alloc(9 * mebibyte)
        await delay(1500)
        yield Buffer.alloc(mebibyte)
      }
      const key = freshKey()
      await impatient().put(key, 10 * mebibyte, Readable.from(source(), { objectMode: false }))
      expect((await read(objects, key)).length).toBe(10 * mebibyte)
    })

    it('is away while every connection is cut or hangs, and is back when the line is', async () => {
      proxy.cut()
      await expectAway(impatient().check())
      await expectAway(impatient().remove(freshKey()))
      await expectAway(keysOf(impatient()))
      proxy.heal()
      proxy.hang()
      await expectAway(impatient().check())
      await expectAway(impatient().remove(freshKey()))
      await expectAway(keysOf(impatient()))
      proxy.heal()
      await impatient().check()
    })
  })
})

describe.skipIf(!hasServer('minio'))('a bucket whose server is killed', () => {
  it('is away for the put that is under way and for all after it', async () => {
    const minio = await startMinio()
    const objects = openS3Objects(minio.settings)
    try {
      const source = async function* (): AsyncGenerator<Buffer> {
        yield Buffer.alloc(9 * mebibyte)
        await minio.kill()
        yield Buffer.alloc(9 * mebibyte)
      }
      const stream = Readable.from(source(), { objectMode: false })
      await expectAway(objects.put(freshKey(), 18 * mebibyte, stream))
      expect(stream.destroyed).toBe(true)
      await expectAway(objects.put(freshKey(), 1, streamOf(Buffer.alloc(1))))
      await expectAway(openStream(objects, freshKey()))
      await expectAway(objects.check())
    } finally {
      await minio.stop()
    }
  })
})

/** Everything an error says, its causes and hidden fields included. */
function inspectDeeply(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const own = Object.getOwnPropertyNames(error).map(name => JSON.stringify(Reflect.get(error, name)) ?? '')
  return [...own, inspectDeeply(error.cause)].join('\n')
}
