import { randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'

const copyBytes = 256 * 1024

/** A folder with `tmp`, `new` and `cur`, made where it was not there. */
export interface Maildir {
  /** Begins a mail of which there will be one file for each of these tops (at least one). */
  begin(tops: Buffer[]): Promise<Delivery>
}

/** A mail on its way into the Maildir: in `tmp` until it is whole. Line ends are kept as they come. */
interface Delivery {
  write(chunk: Buffer): Promise<void>
  /** Puts all the files into `new`, durably; or none, if it throws. */
  commit(): Promise<void>
  /** Removes every trace of it. */
  abandon(): Promise<void>
  /** Whether it was writing that failed. */
  failed(): boolean
}

/**
 * Lines keep the CRLF they come with: Python's mailbox, Dovecot and mutt read either, and what is in the file
 * is then, below the two fields on top, byte for byte what would have gone to an MTA.
 */
export async function openMaildir(folder: string, hostname: string): Promise<Maildir> {
  for (const name of ['tmp', 'new', 'cur']) await mkdir(join(folder, name), { recursive: true, mode: 0o700 })
  return { begin: tops => beginDelivery(folder, hostname.replace(/[/:]/g, '_'), tops) }
}

/** Whether this is an error of a full disk or of a used-up quota: it may have room again later. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
}

async function beginDelivery(folder: string, hostname: string, tops: Buffer[]): Promise<Delivery> {
  const names = tops.map(() => `${Math.floor(Date.now() / 1000)}.R${randomBytes(12).toString('hex')}.${hostname}`)
  const [firstTop, ...otherTops] = tops as [Buffer, ...Buffer[]]
  const inFolder = (kind: 'tmp' | 'new', index: number) => join(folder, kind, names[index] as string)
  const create = (index: number) => open(inFolder('tmp', index), 'wx+', 0o600)
  const first = await create(0)
  let failed = false
  /** Remembers that it was the disk, not the source, that failed. */
  const onDisk = async (work: () => Promise<unknown>) => {
    try {
      await work()
    } catch (error) {
      failed = true
      throw error
    }
  }
  const writeOthers = async () => {
    for (const [index, top] of otherTops.entries()) {
      const file = await create(index + 1)
      try {
        await file.appendFile(top)
        await copyFrom(first, firstTop.length, file)
        await file.sync()
      } finally {
        await file.close()
      }
    }
  }
  const abandon = async () => {
    await first.close()
    for (const index of names.keys()) {
      await rm(inFolder('tmp', index), { force: true })
      await rm(inFolder('new', index), { force: true })
    }
  }
  await first.appendFile(firstTop).catch(async error => {
    await abandon()
    throw error
  })
  return {
    write: chunk => onDisk(() => first.appendFile(chunk)),
    commit: () =>
      onDisk(async () => {
        await first.sync()
        await writeOthers()
        for (const index of names.keys()) await rename(inFolder('tmp', index), inFolder('new', index))
        await syncFolder(join(folder, 'new'))
        await first.close()
      }),
    abandon,
    failed: () => failed,
  }
}

async function copyFrom(source: FileHandle, start: number, target: FileHandle): Promise<void> {
  const buffer = Buffer.alloc(copyBytes)
  for (let position = start; ;) {
    const { bytesRead } = await source.read(buffer, 0, buffer.length, position)
    if (bytesRead === 0) return
    await target.appendFile(buffer.subarray(0, bytesRead))
    position += bytesRead
  }
}

/** A renamed file is only safe once its folder is (fsync of the folder). */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  await handle.sync()
  await handle.close()
}
