import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, rm, stat, writeFile, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import type { ByteRange } from '#model.ts'
import type { ByteSource } from './byte-source.ts'
import { checkObjectKey } from './object-key.ts'
import type { ObjectEntry, Objects } from './objects.ts'
import { askStorage, storageAway, wrongSize } from './storage-away.ts'

/**
 * Object storage in a folder, which is made where it is missing. An object is one file; its name is the
 * key with `+` for `/`, in a folder named by the first two characters after the key's last `/`.
 */
export async function openFolderObjects(folder: string): Promise<Objects> {
  await askStorage(() => mkdir(folder, { recursive: true, mode: 0o700 }))
  return {
    put: (key, sizeBytes, source) => put(folder, key, sizeBytes, source),
    open: (key, range) => openBytes(folder, key, range),
    remove: key => remove(folder, key),
    list: () => list(folder),
    check: () => askStorage(() => probe(folder)),
  }
}

async function put(folder: string, key: string, sizeBytes: number, source: AsyncIterable<Buffer>): Promise<void> {
  try {
    const file = fileOf(folder, key)
    // Under its own name at once: nothing points to it before it is whole, and a key is never used twice.
    const handle = await askStorage(() => withFolder(folder, file, () => open(file, 'wx', 0o600)))
    try {
      // The name is only durable when its folder is; meanwhile there is something to write.
      const naming = askStorage(() => syncFolder(dirname(file)))
      const [written, named] = await Promise.allSettled([write(handle, sizeBytes, source), naming])
      const failed = [written, named].find(each => each.status === 'rejected')
      if (failed) throw failed.reason
    } catch (error) {
      // If not even this can be done, upkeep sweeps it; the caller is told what went wrong first.
      await rm(file, { force: true }).catch(() => undefined)
      throw error
    }
  } finally {
    if (source instanceof Readable) source.destroy()
  }
}

async function write(handle: FileHandle, sizeBytes: number, source: AsyncIterable<Buffer>): Promise<void> {
  try {
    let writtenBytes = 0
    for await (const chunk of source) {
      if (writtenBytes + chunk.length > sizeBytes) throw wrongSize(sizeBytes, writtenBytes + chunk.length)
      await askStorage(() => writeWhole(handle, chunk))
      writtenBytes += chunk.length
    }
    if (writtenBytes !== sizeBytes) throw wrongSize(sizeBytes, writtenBytes)
    await askStorage(async () => {
      await handle.sync()
      const { size } = await handle.stat()
      if (size !== sizeBytes) throw new Error(`The object has ${size} bytes in its file instead of ${sizeBytes}.`)
    })
  } finally {
    await askStorage(() => handle.close())
  }
}

async function openBytes(folder: string, key: string, range?: ByteRange): Promise<ByteSource> {
  const file = fileOf(folder, key)
  return askStorage(async () => {
    const handle = await openObject(file, key)
    try {
      const { size } = await handle.stat()
      const { start, end } = range ?? { start: 0, end: size }
      if (end > size) throw new Error(`The object ${key} ends at ${size}, but bytes up to ${end} were asked for.`)
      return bytesOf(handle, { start, end })
    } catch (error) {
      await handle.close()
      throw error
    }
  })
}

/** The bytes of a range that is within the file. */
function bytesOf(handle: FileHandle, { start, end }: ByteRange): ByteSource {
  let at = start
  return {
    async fill(memory) {
      let filled = 0
      while (filled < memory.length && at < end) {
        const length = Math.min(memory.length - filled, end - at)
        const { bytesRead } = await askStorage(() => handle.read(memory, filled, length, at))
        if (bytesRead === 0) throw storageAway(new Error(`The file of an object ends at ${at} instead of ${end}.`))
        filled += bytesRead
        at += bytesRead
      }
      return filled
    },
    // It was only read: however it is closed, nothing is lost.
    close: () => void handle.close().catch(() => undefined),
  }
}

async function openObject(file: string, key: string): Promise<FileHandle> {
  try {
    return await open(file, 'r')
  } catch (cause) {
    if (isNotThere(cause)) throw new Error(`The object ${key} is not in storage.`, { cause })
    throw cause
  }
}

async function remove(folder: string, key: string): Promise<void> {
  const file = fileOf(folder, key)
  await askStorage(() => rm(file, { force: true }))
}

async function* list(folder: string): AsyncIterable<ObjectEntry> {
  // A file system has things of its own beside ours, such as lost+found.
  const fanOuts = (await askStorage(() => readdir(folder))).filter(name => /^[\w-]{1,2}$/.test(name))
  for (const fanOut of fanOuts) {
    const names = await askStorage(() => readdir(join(folder, fanOut)))
    for (const name of names.filter(isFileName)) {
      const found = await statIfThere(join(folder, fanOut, name))
      if (found) yield { key: name.replaceAll('+', '/'), sizeBytes: found.size, modifiedAt: found.mtime }
    }
  }
}

/** Undefined for a file that was removed or renamed since its folder was read. */
async function statIfThere(file: string): Promise<{ size: number; mtime: Date } | undefined> {
  try {
    return await stat(file)
  } catch (error) {
    if (isNotThere(error)) return undefined
    throw storageAway(error)
  }
}

async function probe(folder: string): Promise<void> {
  const file = fileOf(folder, `probe/${randomBytes(16).toString('hex')}`)
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writeFile(file, 'Can be removed.', { mode: 0o600, flush: true })
  await rm(file)
}

function fileOf(folder: string, key: string): string {
  checkObjectKey(key)
  const fanOut = key.slice(key.lastIndexOf('/') + 1).slice(0, 2)
  return join(folder, fanOut, key.replaceAll('/', '+'))
}

function isFileName(name: string): boolean {
  return /^[\w-][\w+-]*$/.test(name)
}

/** Does something with a file that needs its folder, which is made where it is missing. */
async function withFolder<T>(folder: string, file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isNotThere(error)) throw error
    if (await mkdir(dirname(file), { recursive: true, mode: 0o700 })) await syncFolder(folder)
    return work()
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function writeWhole(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += (await handle.write(bytes, written, bytes.length - written)).bytesWritten
  }
}

function isNotThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
