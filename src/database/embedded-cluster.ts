import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chown, link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { explainNobody, isRoot, nobody } from './nobody.ts'
import { StartError } from '#platform/start-error.ts'

interface ClusterToMake {
  cluster: string
  password: string
  initdb: string
  runInitdb: (args: string[]) => Promise<ChildProcess>
}

/**
 * Makes a cluster where there is none. It appears under its name only when it is complete, so that neither a crash
 * nor another Kuvert that makes it at the same time leaves half of one. Throws a `StartError` if initdb fails.
 */
export async function makeCluster({ cluster, password, initdb, runInitdb }: ClusterToMake): Promise<void> {
  if (await exists(join(cluster, 'PG_VERSION'))) return
  const unfinished = `${cluster}.new-${randomBytes(6).toString('hex')}`
  const passwordFile = `${unfinished}.password`
  await mkdir(unfinished, { recursive: true, mode: 0o700 })
  await writeFile(passwordFile, password, { mode: 0o600 })
  try {
    if (isRoot()) await Promise.all([unfinished, passwordFile].map(path => chown(path, nobody, nobody)))
    const options = ['-U', 'kuvert', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8', '--locale=C']
    const child = await runInitdb(['-D', unfinished, ...options, '--no-instructions'])
    let output = ''
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const [code] = (await once(child, 'close')) as [number | null]
    if (code !== 0) {
      const why = await explainNobody([initdb, cluster])
      throw new StartError(`PostgreSQL could not make a cluster in ${dirname(cluster)}: ${output.trim()}${why}`)
    }
    await rename(unfinished, cluster).catch(async (error: unknown) => {
      // Somebody else was faster.
      if (!(await exists(join(cluster, 'PG_VERSION')))) throw error
    })
  } finally {
    await Promise.all([unfinished, passwordFile].map(path => rm(path, { recursive: true, force: true })))
  }
}

/** The password of the cluster's user. Of several that make it at the same time, all get the same. */
export async function readOrMakePassword(file: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true })
  if (!(await exists(file))) {
    const own = `${file}.new-${randomBytes(6).toString('hex')}`
    await writeFile(own, randomBytes(24).toString('hex'), { mode: 0o600 })
    try {
      await link(own, file)
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'EEXIST') throw error
    } finally {
      await rm(own)
    }
  }
  return readFile(file, 'utf8')
}

function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  )
}
