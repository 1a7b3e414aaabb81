import { createSecretKey, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startFingerprint } from '#crypto/fingerprint.ts'
import { openSpool as openWith, type SpooledMail } from '#gateway/data/spool.ts'

const mebibyte = 1024 ** 2
const key = createSecretKey(randomBytes(32))
const openSpool = (at: string) => openWith(at, key)
let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'kuvert-spool-'))))
afterEach(() => rm(folder, { recursive: true }))

async function* inChunks(bytes: Buffer, chunkBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}

function isInMemory({ whereabouts }: SpooledMail): boolean {
  return 'bytes' in whereabouts
}

test.each([0, 1, 65_535, 65_536, 65_537, mebibyte, 2 * mebibyte - 1, 2 * mebibyte, 2 * mebibyte + 1, 5 * mebibyte])(
  'a mail of %i bytes is the same at rest, however it is cut',
  async sizeBytes => {
    const spool = openSpool(join(folder, 'scratch'))
    const bytes = randomBytes(sizeBytes)
    for (const chunkBytes of [997, 65_536, 3_000_000]) {
      const mail = await spool.take(inChunks(bytes, chunkBytes))
      expect(mail.sizeBytes).toBe(sizeBytes)
      const whole = startFingerprint(key)
      whole.add(bytes)
      expect(mail.mac).toBe(whole.end())
      expect((await mail.source.read({ start: 0, end: sizeBytes })).equals(bytes)).toBe(true)
      await mail.close()
    }
  },
)

test('a small mail needs no file, and the file of a large one has no name', async () => {
  const scratch = join(folder, 'scratch')
  const spool = openSpool(scratch)
  const small = await spool.take(inChunks(randomBytes(mebibyte), 65_536))
  expect(existsSync(scratch)).toBe(false)
  const large = await spool.take(inChunks(randomBytes(3 * mebibyte), 65_536))
  expect([isInMemory(small), isInMemory(large)]).toEqual([true, false])
  expect(await readdir(scratch)).toEqual([])
  await Promise.all([small.close(), large.close()])
})

test('many mails at once share a bounded memory; those that find none are written, until some are done', async () => {
  const spool = openSpool(join(folder, 'scratch'))
  const one = () => spool.take(inChunks(Buffer.alloc(mebibyte, 'x'), 65_536))
  const mails: SpooledMail[] = []
  for (let count = 0; count < 100; count += 1) mails.push(await one())
  const inMemory = mails.filter(isInMemory).length
  expect(inMemory).toBeGreaterThan(0)
  expect(inMemory).toBeLessThanOrEqual(16)
  await Promise.all(mails.map(mail => mail.close()))
  const again = await one()
  expect(isInMemory(again)).toBe(true)
  await again.close()
})

test('a mail has its memory for itself until it is closed, however often that is said', async () => {
  const spool = openSpool(join(folder, 'scratch'))
  const mailOf = (letter: string) => spool.take(inChunks(Buffer.alloc(200_000, letter), 65_536))
  const closed = await mailOf('a')
  await closed.close()
  await closed.close()
  await expect(closed.source.read({ start: 0, end: 1 })).rejects.toThrow('closed')
  const mails = await Promise.all(['b', 'c', 'd'].map(mailOf))
  for (const [index, letter] of ['b', 'c', 'd'].entries()) {
    const { source, sizeBytes } = mails[index]!
    expect((await source.read({ start: 0, end: sizeBytes })).equals(Buffer.alloc(200_000, letter))).toBe(true)
  }
})

test('many mails, one after the other, are all taken into memory', async () => {
  const spool = openSpool(join(folder, 'scratch'))
  for (let times = 0; times < 300; times += 1) {
    const mail = await spool.take(inChunks(Buffer.alloc(200_000), 65_536))
    expect(isInMemory(mail)).toBe(true)
    await mail.close()
  }
})

test('a mail that breaks off gives its memory back', async () => {
  const spool = openSpool(join(folder, 'scratch'))
  const trouble = new Error('The client went away.')
  async function* broken(sizeBytes: number) {
    yield Buffer.alloc(sizeBytes)
    throw trouble
  }
  for (let times = 0; times < 50; times += 1) {
    await expect(spool.take(broken(mebibyte))).rejects.toBe(trouble)
    await expect(spool.take(broken(3 * mebibyte))).rejects.toBe(trouble)
  }
  const mail = await spool.take(inChunks(Buffer.alloc(mebibyte), 65_536))
  expect(isInMemory(mail)).toBe(true)
  await mail.close()
})

test('without a folder to write to, a large mail is to be sent again later, and a small one is taken', async () => {
  const scratch = join(folder, 'scratch')
  await writeFile(scratch, 'no folder')
  const spool = openSpool(scratch)
  const large = spool.take(inChunks(Buffer.alloc(3 * mebibyte), 65_536))
  await expect(large).rejects.toMatchObject({ code: 'SCRATCH_FULL', cause: { code: 'EEXIST' } })
  const small = await spool.take(inChunks(Buffer.alloc(1000), 65_536))
  expect(small.sizeBytes).toBe(1000)
  await small.close()
})
