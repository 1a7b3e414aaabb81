import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

/** PostgreSQL refuses to run as root: as root it is started as `nobody`. */
export const nobody = 65_534

export function isRoot(): boolean {
  return process.getuid?.() === 0
}

/**
 * The words to put before a command to run it as nobody. If nobody could not reach the files (a checkout below root's
 * home), the command may read in closed folders. initdb asks access(2), which counts such a right only if it is kept
 * over a change of user (`no_setuid_fixup`).
 */
export async function becomeNobody(files: string[]): Promise<string[]> {
  const words = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups']
  if ((await findClosedFolder(files)) === undefined) return words
  const right = '+dac_read_search'
  return [...words, `--inh-caps=${right}`, `--ambient-caps=${right}`, '--securebits=+no_setuid_fixup']
}

/** For people, after what PostgreSQL said: why it may have failed as nobody, and what helps. Empty if that cannot be. */
export async function explainNobody(files: string[]): Promise<string> {
  const closed = isRoot() ? await findClosedFolder(files) : undefined
  if (closed === undefined) return ''
  return (
    ` As root, Kuvert runs PostgreSQL as the user nobody, who cannot enter ${closed}: start Kuvert as an ordinary user, ` +
    'or move it and its data to a folder that everybody may enter.'
  )
}

/** The first folder above the files that other users cannot enter. */
async function findClosedFolder(files: string[]): Promise<string | undefined> {
  for (const file of files) {
    for (let folder = dirname(resolve(file)); ; folder = dirname(folder)) {
      if (((await stat(folder)).mode & 0o001) === 0) return folder
      if (folder === dirname(folder)) break
    }
  }
  return undefined
}
