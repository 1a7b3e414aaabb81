import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, rm, unlink, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '#failure.ts'

const prefix = 'kuvert-scratch-'

/**
 * A file for a mail, which has no name and so is gone when it is closed, and when the process is killed. Makes its folder
 * when that is missing. Throws `SCRATCH_FULL`.
 */
export async function openScratchFile(folder: string): Promise<FileHandle> {
  try {
    const path = join(folder, `${prefix}${randomBytes(16).toString('hex')}`)
    const create = () => open(path, 'wx+', 0o600)
    // The folder is there, but for the first time.
    const file = await create().catch(() => mkdir(folder, { recursive: true, mode: 0o700 }).then(create))
    await unlink(path).catch((error: unknown) => {
      // Another process, which was just started, has removed the name for us.
      if ((error as { code?: unknown }).code !== 'ENOENT') throw error
    })
    return file
  } catch (cause) {
    throw new Failure('SCRATCH_FULL', {}, { cause })
  }
}

/**
 * Removes the names of files whose process was killed before it could. That of a process which is about to do so may go as
 * well: it has the file open.
 */
export async function removeScratchNames(folder: string): Promise<void> {
  // A folder that is missing or closed has nothing to remove; the first mail that needs it says so.
  const names = await readdir(folder).catch(() => [])
  const ours = names.filter(name => name.startsWith(prefix))
  await Promise.allSettled(ours.map(name => rm(join(folder, name), { force: true })))
}
