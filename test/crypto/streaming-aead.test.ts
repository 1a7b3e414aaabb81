import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ciphertextRange,
  ciphertextSize,
  encryptStream,
  headerBytes,
  openSegments,
  type SegmentOpener,
} from '#crypto/streaming-aead.ts'
import { chunksOf, collect, pattern } from './pattern.ts'

const mebibyte = 1024 * 1024
const firstPlainBytes = mebibyte - headerBytes - 16
const key = randomBytes(32)
const associatedData = Buffer.from('message/file')

const borders = [0, 1, firstPlainBytes - 1, firstPlainBytes, firstPlainBytes + 1, firstPlainBytes + mebibyte - 16]

async function seal(plain: Buffer, chunkBytes = 65_536): Promise<Buffer> {
  return collect(encryptStream(key, associatedData)(chunksOf(plain, chunkBytes)))
}

/** Opens what may have been changed, as a ciphertext of so many plain bytes. */
function open(ciphertext: Buffer, plainBytes: number, keys = { key, associatedData }): Buffer {
  const header = ciphertext.subarray(0, headerBytes)
  const range = { start: 0, end: plainBytes }
  const segments = openSegments(keys.key, keys.associatedData, { header, range, plainBytes })
  return openAll(segments, ciphertext.subarray(headerBytes))
}

function openAll(segments: SegmentOpener, ciphertext: Buffer): Buffer {
  const plain: Buffer[] = []
  let at = 0
  for (let size = segments.nextBytes(); size > 0; size = segments.nextBytes()) {
    // A copy: it is opened in its own memory.
    plain.push(segments.open(Buffer.from(ciphertext.subarray(at, at + size))))
    at += size
  }
  if (at !== ciphertext.length) throw new Error('The ciphertext goes on.')
  return Buffer.concat(plain)
}

interface Vectors {
  key: string
  associatedData: string
  vectors: { plainBytes: number; ciphertext?: string; header?: string; sha256?: string; ciphertextBytes?: number }[]
}

describe('the format is the one that Tink writes', () => {
  const vectors = JSON.parse(readFileSync(new URL('tink-vectors.json', import.meta.url), 'utf8')) as Vectors
  const vectorKey = Buffer.from(vectors.key, 'hex')
  const vectorData = Buffer.from(vectors.associatedData)

  for (const vector of vectors.vectors) {
    it(`writes the bytes that Tink wrote for ${vector.plainBytes} plain bytes, and reads them`, async () => {
      const plain = pattern(vector.plainBytes)
      const header = Buffer.from(vector.header ?? vector.ciphertext ?? '', 'base64').subarray(0, headerBytes)
      const ciphertext = await collect(encryptStream(vectorKey, vectorData, { header })(chunksOf(plain, 1000)))
      if (vector.ciphertext) expect(ciphertext.toString('base64')).toBe(vector.ciphertext)
      if (vector.sha256) expect(createHash('sha256').update(ciphertext).digest('hex')).toBe(vector.sha256)
      expect(ciphertext.length).toBe(ciphertextSize(vector.plainBytes))
      const opened = open(ciphertext, vector.plainBytes, { key: vectorKey, associatedData: vectorData })
      expect(opened.equals(plain)).toBe(true)
    })
  }
})

describe('encrypting and decrypting a stream', () => {
  it.each(borders)('gives %i bytes back, in a ciphertext of the announced size', async size => {
    const plain = pattern(size)
    const ciphertext = await seal(plain)
    expect(ciphertext.length).toBe(ciphertextSize(size))
    expect(open(ciphertext, size).equals(plain)).toBe(true)
  })

  it('does not depend on how the bytes come in chunks', async () => {
    const plain = pattern(firstPlainBytes + 70_000)
    const sizes = fc.integer({ min: 1000, max: 3 * mebibyte })
    await fc.assert(
      fc.asyncProperty(sizes, async plainChunk => {
        expect(open(await seal(plain, plainChunk), plain.length).equals(plain)).toBe(true)
      }),
      { numRuns: 20 },
    )
  })

  it('yields a segment as soon as it is known not to be the last', async () => {
    let asked = 0
    const endless = async function* (): AsyncGenerator<Buffer> {
      for (;;) {
        asked += 1
        yield pattern(mebibyte)
      }
    }
    let sealedBytes = 0
    for await (const piece of encryptStream(key, associatedData)(endless())) {
      sealedBytes += piece.length
      if (sealedBytes >= mebibyte) break
    }
    expect(sealedBytes).toBe(mebibyte)
    expect(asked).toBeLessThanOrEqual(2)
  })

  it('leaves what a stream that was broken off has yielded as it is, while others are sealed', async () => {
    const sealing = encryptStream(key, associatedData)(chunksOf(pattern(3 * mebibyte), 65_536))
    const { value: yielded } = (await sealing.next()) as { value: Buffer }
    const before = Buffer.from(yielded)
    await sealing.return(undefined)
    for (let turn = 0; turn < 3; turn += 1) await seal(pattern(2 * mebibyte))
    expect(yielded.equals(before)).toBe(true)
  })

  it('does not mix streams that are sealed at the same time, one after the other or in turns', async () => {
    const plains = Array.from({ length: 8 }, (_, index) => Buffer.alloc(2 * mebibyte + index, index))
    for (let turn = 0; turn < 2; turn += 1) {
      const sealed = await Promise.all(plains.map(plain => seal(plain)))
      expect(sealed.every((bytes, index) => open(bytes, plains[index]!.length).equals(plains[index]!))).toBe(true)
    }
  })

  it('never seals the same bytes alike twice', async () => {
    const plain = pattern(100)
    expect((await seal(plain)).equals(await seal(plain))).toBe(false)
  })

  it('throws what its source throws', async () => {
    const trouble = new Error('The disk is gone.')
    const source = async function* (): AsyncGenerator<Buffer> {
      yield pattern(10)
      throw trouble
    }
    await expect(collect(encryptStream(key, associatedData)(source()))).rejects.toBe(trouble)
  })
})

describe('a ciphertext that is not what was sealed is an error', () => {
  const plain = pattern(firstPlainBytes + 2 * (mebibyte - 16))

  it.each([0, 1, headerBytes, headerBytes + 15, mebibyte - 1, mebibyte, 2 * mebibyte, 3 * mebibyte - 1])(
    'when it is cut after %i bytes',
    async at => {
      const ciphertext = await seal(plain)
      expect(() => open(ciphertext.subarray(0, at), plain.length)).toThrow(/ciphertext/)
    },
  )

  it('when bytes are added', async () => {
    const ciphertext = await seal(plain)
    expect(() => open(Buffer.concat([ciphertext, Buffer.alloc(1)]), plain.length)).toThrow(/goes on/)
    const more = Buffer.concat([ciphertext, ciphertext.subarray(-mebibyte)])
    expect(() => open(more, plain.length)).toThrow(/goes on/)
    // Nor is it taken for a longer plain text.
    expect(() => open(more, plain.length + mebibyte - 16)).toThrow(/not authentic/)
  })

  it('when it is of another length than it is said to be', async () => {
    const ciphertext = await seal(plain)
    for (const by of [-mebibyte, -1, 1, mebibyte]) {
      expect(() => open(ciphertext, plain.length + by)).toThrow(/ciphertext/)
    }
    const one = await seal(pattern(1))
    expect(() => open(one, 0)).toThrow(/ciphertext/)
  })

  it('when two segments have changed places', async () => {
    const ciphertext = await seal(plain)
    const [first, second, third] = [0, 1, 2].map(n => ciphertext.subarray(n * mebibyte, (n + 1) * mebibyte))
    const last = await seal(plain.subarray(0, 5))
    expect(() => open(Buffer.concat([first, third, second] as Buffer[]), plain.length)).toThrow(/not authentic/)
    const replaced = Buffer.concat([first, second, last] as Buffer[])
    expect(() => open(replaced, plain.length - mebibyte + 16 + 5 + headerBytes)).toThrow(/not authentic/)
  })

  it('when any single bit has changed', async () => {
    const small = await seal(pattern(40))
    await fc.assert(
      fc.asyncProperty(fc.nat(small.length * 8 - 1), async bit => {
        const changed = Buffer.from(small)
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect(() => open(changed, 40)).toThrow(/ciphertext/)
      }),
    )
  })

  it('when the key or the associated data are others', async () => {
    const ciphertext = await seal(pattern(40))
    const other = { key, associatedData: Buffer.from('message/other') }
    expect(() => open(ciphertext, 40, other)).toThrow(/not authentic/)
    expect(() => open(ciphertext, 40, { key: randomBytes(32), associatedData })).toThrow(/not authentic/)
    const shortKey = encryptStream(randomBytes(16), associatedData)
    await expect(collect(shortKey(chunksOf(ciphertext, 50)))).rejects.toThrow(/32/)
  })

  it('refuses more plain bytes than were announced, and takes as many', async () => {
    const announced = (atMostBytes: number) => encryptStream(key, associatedData, { atMostBytes })
    await expect(collect(announced(999)(chunksOf(pattern(1000), 100)))).rejects.toThrow(/longer than was said/)
    const ciphertext = await collect(announced(1000)(chunksOf(pattern(1000), 100)))
    expect(open(ciphertext, 1000).equals(pattern(1000))).toBe(true)
  })
})

describe('reading a range', () => {
  const plain = pattern(firstPlainBytes + mebibyte + 5000)
  const sealed = seal(plain)

  async function openRange(start: number, end: number, change = (bytes: Buffer) => bytes): Promise<Buffer> {
    const ciphertext = await sealed
    const range = { start, end }
    const wanted = ciphertextRange(range, plain.length)
    const header = ciphertext.subarray(0, headerBytes)
    const segments = openSegments(key, associatedData, { header, range, plainBytes: plain.length })
    return openAll(segments, change(ciphertext.subarray(wanted.start, wanted.end)))
  }

  it('gives exactly the bytes of any range', async () => {
    const edge = fc.oneof(
      fc.nat(plain.length),
      fc.constantFrom(0, firstPlainBytes - 1, firstPlainBytes, firstPlainBytes + 1, plain.length),
    )
    await fc.assert(
      fc.asyncProperty(edge, edge, async (a, b) => {
        fc.pre(a !== b)
        const [start, end] = [Math.min(a, b), Math.max(a, b)]
        expect((await openRange(start, end)).equals(plain.subarray(start, end))).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it('fetches only the segments that hold the range', () => {
    expect(ciphertextRange({ start: 0, end: 1 }, plain.length)).toEqual({ start: headerBytes, end: mebibyte })
    expect(ciphertextRange({ start: firstPlainBytes, end: firstPlainBytes + 1 }, plain.length)).toEqual({
      start: mebibyte,
      end: 2 * mebibyte,
    })
    expect(ciphertextRange({ start: plain.length - 1, end: plain.length }, plain.length)).toEqual({
      start: 2 * mebibyte,
      end: ciphertextSize(plain.length),
    })
  })

  it('refuses a range that is empty or outside', () => {
    for (const range of [
      { start: 5, end: 5 },
      { start: -1, end: 5 },
      { start: 0, end: 11 },
      { start: 7, end: 6 },
    ]) {
      expect(() => ciphertextRange(range, 10)).toThrow(RangeError)
    }
  })

  it('fails when a segment is missing, cut, changed or followed by another', async () => {
    const [start, end] = [firstPlainBytes - 10, firstPlainBytes + 10]
    const first = mebibyte - headerBytes
    await expect(openRange(start, end, bytes => bytes.subarray(0, first))).rejects.toThrow(/cut off/)
    await expect(openRange(start, end, bytes => bytes.subarray(0, -1))).rejects.toThrow(/not authentic/)
    await expect(openRange(start, end, bytes => Buffer.concat([bytes, bytes]))).rejects.toThrow(/goes on/)
    await expect(openRange(start, end, bytes => Buffer.alloc(bytes.length))).rejects.toThrow(/not authentic/)
  })
})
