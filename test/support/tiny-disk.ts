import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A real file system of its own with room for so many bytes; null where this machine does not let us mount one. */
export function mountTinyDisk(kibibytes: number): { folder: string; unmount: () => void } | null {
  const folder = mkdtempSync(join(tmpdir(), 'kuvert-tiny-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    rmdirSync(folder)
    return null
  }
  const unmount = () => {
    execFileSync('umount', ['--lazy', folder])
    rmdirSync(folder)
  }
  return { folder, unmount }
}
