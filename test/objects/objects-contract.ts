import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { isFailure } from '#failure.ts'
import type { ByteRange } from '#model.ts'
import type { Objects } from '#objects/objects.ts'

const mebibyte = 1024 * 1024
/** Around the borders of what storages write, upload and read at a time. */
const sizes = [0, 1, 65_536, mebibyte, 8 * mebibyte - 1, 8 * mebibyte, 8 * mebibyte + 1, 16 * mebibyte, 17 * mebibyte]

/** A key that no other test has. */
export function freshKey(): string {
  return randomBytes(16).toString('hex')
}

/** These bytes as a stream, in chunks that fit no border. */
export function streamOf(bytes: Buffer, chunkBytes = 100_003): Readable {
  const chunks = function* (): Generator<Buffer> {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
  }
  return Readable.from(chunks(), { objectMode: false })
}

/** A stream that delivers so many bytes and then fails with this error. */
export function failingStream(bytes: number, error: Error): Readable {
  const chunks = function* (): Generator<Buffer> {
    for (let at = 0; at < bytes; at += 65_536) yield Buffer.alloc(Math.min(65_536, bytes - at))
    throw error
  }
  return Readable.from(chunks(), { objectMode: false })
}

/** Everything under a key, or of a range of it. */
export async function read(objects: Objects, key: string, range?: ByteRange): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of (await openStream(objects, key, range)) as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The bytes of an object as a stream, which frees its connection when it is destroyed. */
export async function openStream(objects: Pick<Objects, 'open'>, key: string, range?: ByteRange): Promise<Readable> {
  const bytes = await objects.open(key, range)
  return new Readable({
    read() {
      const memory = Buffer.alloc(65_536)
      bytes.fill(memory).then(
        filled => this.push(filled === 0 ? null : memory.subarray(0, filled)),
        (error: Error) => this.destroy(error),
      )
    },
    destroy(error, done) {
      bytes.close()
      done(error)
    },
  })
}

/** Expects that the peer hears `OBJECTS_AWAY` of it; returns what goes to the log. */
export async function expectAway(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!isFailure(error, 'OBJECTS_AWAY')) throw new Error('Expected OBJECTS_AWAY.', { cause: error })
  expect(error.details).toEqual({})
  return String(error.cause)
}

/** Every key that is listed. */
export async function keysOf(objects: Objects): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of objects.list()) keys.push(key)
  return keys
}

function isSame(one: Buffer, other: Buffer): boolean {
  // Compared by hash, because a diff of megabytes takes minutes.
  const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
  return hash(one) === hash(other)
}

/** What every object storage promises. `objects` is called when a test runs. */
export function describeObjects(objects: () => Objects): void {
  describe('what was put', () => {
    it.each(sizes)('comes back unchanged: %i bytes', async size => {
      const bytes = randomBytes(size)
      const key = freshKey()
      await objects().put(key, size, streamOf(bytes))
      expect(isSame(await read(objects(), key), bytes)).toBe(true)
    })

    it('comes back in ranges', async () => {
      const bytes = randomBytes(9 * mebibyte)
      const key = freshKey()
      await objects().put(key, bytes.length, streamOf(bytes))
      const borders = [0, 1, 40, mebibyte, 8 * mebibyte, bytes.length - 1, bytes.length]
      for (const start of borders) {
        for (const end of borders.filter(border => border >= start)) {
          expect(isSame(await read(objects(), key, { start, end }), bytes.subarray(start, end))).toBe(true)
        }
      }
    })

    it('is kept under keys with slashes, apart from its neighbours', async () => {
      const [one, two] = [`a/b/${freshKey()}`, `a/${freshKey()}`]
      await objects().put(one, 3, streamOf(Buffer.from('one')))
      await objects().put(two, 3, streamOf(Buffer.from('two')))
      expect(String(await read(objects(), two))).toBe('two')
      expect(String(await read(objects(), one))).toBe('one')
      expect(await keysOf(objects())).toEqual(expect.arrayContaining([one, two]))
    })

    it('is listed with its size and age, until it is removed', async () => {
      const key = freshKey()
      const before = Date.now() - 60_000
      await objects().put(key, 10, streamOf(Buffer.alloc(10)))
      const entries = await Array.fromAsync(objects().list())
      const entry = entries.find(candidate => candidate.key === key)
      expect(entry?.sizeBytes).toBe(10)
      expect(entry?.modifiedAt.getTime()).toBeGreaterThan(before)
      await objects().remove(key)
      expect(await keysOf(objects())).not.toContain(key)
      await expectAway(read(objects(), key))
    })

    it('does not mix when many are put at once', async () => {
      const many = Array.from({ length: 8 }, (_, n) => ({ key: freshKey(), bytes: Buffer.alloc(9 * mebibyte + n, n) }))
      await Promise.all(many.map(({ key, bytes }) => objects().put(key, bytes.length, streamOf(bytes))))
      for (const { key, bytes } of many) expect(isSame(await read(objects(), key), bytes)).toBe(true)
    })
  })

  describe('a put whose source is at fault', () => {
    it.each([0, 1000, 9 * mebibyte, 20 * mebibyte])(
      'throws what the source throws after %i bytes, and leaves nothing to read',
      async bytes => {
        const trouble = new Error('The scratch file is gone.')
        const source = failingStream(bytes, trouble)
        const key = freshKey()
        await expect(objects().put(key, 30 * mebibyte, source)).rejects.toBe(trouble)
        expect(source.destroyed).toBe(true)
        expect(await expectAway(read(objects(), key))).toContain('not in storage')
        expect(await keysOf(objects())).not.toContain(key)
      },
    )

    it.each([
      [10, 9],
      [10, 11],
      [0, 1],
      [1, 0],
      [8 * mebibyte, 8 * mebibyte + 1],
      [17 * mebibyte, 17 * mebibyte - 1],
      [17 * mebibyte, 17 * mebibyte + 1],
      [16 * mebibyte, 16 * mebibyte + 1],
    ])('fails where %i bytes are promised and %i come', async (promised, delivered) => {
      const source = streamOf(Buffer.alloc(delivered))
      const key = freshKey()
      const attempt = objects().put(key, promised, source)
      await expect(attempt).rejects.toThrow(`promised ${promised} bytes`)
      await expect(attempt).rejects.not.toSatisfy(isFailure)
      expect(source.destroyed).toBe(true)
      await expectAway(read(objects(), key))
    })

    it('fails where the source is destroyed without an error', async () => {
      const source = new Readable({ read: () => undefined })
      source.push(Buffer.alloc(1000))
      const attempt = objects().put(freshKey(), 9 * mebibyte, source)
      setTimeout(() => source.destroy(), 20)
      await expect(attempt).rejects.toThrow(/Premature close/)
    })
  })

  describe('an object that is not there', () => {
    it('cannot be read, and the log is told so', async () => {
      expect(await expectAway(openStream(objects(), freshKey()))).toContain('not in storage')
      expect(await expectAway(openStream(objects(), freshKey(), { start: 0, end: 40 }))).toContain('not in storage')
    })

    it('can be removed', async () => {
      await objects().remove(freshKey())
    })
  })

  it('refuses a range beyond the end of an object', async () => {
    const key = freshKey()
    await objects().put(key, 10, streamOf(Buffer.alloc(10)))
    await expectAway(openStream(objects(), key, { start: 5, end: 11 }))
    await expectAway(openStream(objects(), key, { start: 10, end: 11 }))
  })

  it.each(['', '.', '../up', 'a/../b', 'a//b', '/a', 'a/', 'a b', 'å', 'a\0b', 'a'.repeat(201)])(
    'refuses the key %j',
    async key => {
      const source = streamOf(Buffer.alloc(0))
      await expect(objects().put(key, 0, source)).rejects.toThrow(/Not a key/)
      expect(source.destroyed).toBe(true)
      await expect(openStream(objects(), key)).rejects.toThrow(/Not a key/)
      await expect(objects().remove(key)).rejects.toThrow(/Not a key/)
    },
  )

  it('holds little of an object whose reader takes its time', async () => {
    const key = freshKey()
    await objects().put(key, 17 * mebibyte, streamOf(Buffer.alloc(17 * mebibyte)))
    const body = await openStream(objects(), key)
    await once(body, 'readable')
    await delay(300)
    expect(body.readableLength).toBeLessThanOrEqual(2 * mebibyte)
    body.destroy()
  })

  it('lets go of an object whose reader is gone', async () => {
    const key = freshKey()
    await objects().put(key, 17 * mebibyte, streamOf(Buffer.alloc(17 * mebibyte)))
    const body = await openStream(objects(), key)
    await once(body, 'readable')
    body.destroy()
    await once(body, 'close')
    await objects().remove(key)
  })

  it('says that it can be used', async () => {
    await objects().check()
  })
}
