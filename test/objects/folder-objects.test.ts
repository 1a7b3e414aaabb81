import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openFolderObjects } from '#objects/folder-objects.ts'
import type { Objects } from '#objects/objects.ts'
import { describeObjects, expectAway, failingStream, freshKey, keysOf, read, streamOf } from './objects-contract.ts'

const mebibyte = 1024 * 1024

describe('object storage in a folder', () => {
  let folder: string
  let objects: Objects
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kuvert-test-objects-'))
    objects = await openFolderObjects(join(folder, 'made', 'here'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  describeObjects(() => objects)

  it('lists a put that is under way, so that one that was killed can be swept', async () => {
    const source = new Readable({ read: () => undefined })
    source.push(Buffer.alloc(1000))
    const key = freshKey()
    const attempt = objects.put(key, 2000, source)
    await expect.poll(() => keysOf(objects)).toContain(key)
    await objects.remove(key)
    expect(await keysOf(objects)).not.toContain(key)
    source.destroy(new Error('Killed.'))
    await expect(attempt).rejects.toThrow('Killed.')
  })

  it('leaves no file behind when a put fails', async () => {
    const before = await keysOf(objects)
    await expect(objects.put(freshKey(), 5000, failingStream(1000, new Error('Gone.')))).rejects.toThrow('Gone.')
    expect(await keysOf(objects)).toEqual(before)
  })

  it('keeps what it has under a key that is used again', async () => {
    const key = freshKey()
    await objects.put(key, 3, streamOf(Buffer.from('one')))
    expect(await expectAway(objects.put(key, 3, streamOf(Buffer.from('two'))))).toContain('EEXIST')
    expect((await read(objects, key)).toString()).toBe('one')
  })

  it('lists only what it stores', async () => {
    const own = await openFolderObjects(join(folder, 'own'))
    await own.put('abcd', 1, streamOf(Buffer.alloc(1)))
    const then = new Date('2026-01-02T03:04:05Z')
    await utimes(join(folder, 'own', 'ab', 'abcd'), then, then)
    await mkdir(join(folder, 'own', 'lost+found'))
    await writeFile(join(folder, 'own', '.DS_Store'), 'x')
    await writeFile(join(folder, 'own', 'ab', '.hidden'), 'x')
    expect(await Array.fromAsync(own.list())).toEqual([{ key: 'abcd', sizeBytes: 1, modifiedAt: then }])
  })

  it('is not readable by others', async () => {
    const own = await openFolderObjects(join(folder, 'private'))
    await own.put('abcd', 1, streamOf(Buffer.alloc(1)))
    const modes = execFileSync('find', [join(folder, 'private'), '-perm', '/077'], { encoding: 'utf8' })
    expect(modes).toBe('')
  })

  it('is away when its folder cannot be used', async () => {
    await writeFile(join(folder, 'file'), '')
    await expectAway(openFolderObjects(join(folder, 'file', 'below')))
    const lost = await openFolderObjects(join(folder, 'lost'))
    await rm(join(folder, 'lost'), { recursive: true })
    await writeFile(join(folder, 'lost'), '')
    await expectAway(lost.put(freshKey(), 1, streamOf(Buffer.alloc(1))))
    await expectAway(lost.check())
    await expectAway(keysOf(lost))
  })

  describe.skipIf(!mountsTmpfs())('a folder that is full (needs root, to mount a small tmpfs)', () => {
    let full: string
    beforeAll(async () => {
      full = join(folder, 'full')
      await mkdir(full)
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'kuvert-test', full])
    })
    afterAll(() => void execFileSync('umount', ['-l', full]))

    it('is away for what has no room, keeps what it had, and works again with room', async () => {
      const small = await openFolderObjects(full)
      await small.put('kept', mebibyte, streamOf(Buffer.alloc(mebibyte, 7)))
      const source = streamOf(Buffer.alloc(3 * mebibyte))
      expect(await expectAway(small.put('big', 3 * mebibyte, source))).toContain('ENOSPC')
      expect(source.destroyed).toBe(true)
      expect(await keysOf(small)).toEqual(['kept'])
      expect((await read(small, 'kept')).equals(Buffer.alloc(mebibyte, 7))).toBe(true)
      await small.remove('kept')
      await small.put('again', mebibyte, streamOf(Buffer.alloc(mebibyte)))
    })

    it('does not pass its check', async () => {
      const small = await openFolderObjects(full)
      await writeFile(join(full, 'filler'), Buffer.alloc(4 * mebibyte)).catch(() => undefined)
      expect(await expectAway(small.check())).toContain('ENOSPC')
    })
  })
})

function mountsTmpfs(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'kuvert-test', tmpdir()], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
