import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'

/** A real PostgreSQL of our own, on loopback. */
export interface EmbeddedPostgres {
  url: string
  /** Resolves when the server has ended, or has thrown everybody out: we are not counted among its users any more. */
  lost: Promise<void>
  /** Stops it, unless another Kuvert uses it. Close every connection to it first. */
  stop(): Promise<void>
}

interface Server {
  pid: number
  /** 0 where it has only just been started. */
  port: number
}

/** Any number, the same in every version. Whoever uses the server shares this lock. */
const inUse = 7_205_120
const connectMilliseconds = 2000

/** The server that runs on this cluster, if one does. */
export async function findServer(cluster: string): Promise<Server | undefined> {
  const file = join(cluster, 'postmaster.pid')
  // Line 1 is the process, line 4 the port; while it starts, there are fewer.
  const lines = await readFile(file, 'utf8').then(
    text => text.split('\n'),
    () => [],
  )
  const pid = Number(lines[0])
  if (!(pid > 0) || !signal(pid, 0)) return undefined
  if (await isSomethingElse(pid)) {
    // After a crash and a restart of the machine or container, the number is somebody else's: it would not start.
    await rm(file, { force: true })
    return undefined
  }
  return { pid, port: Number(lines[3] ?? 0) }
}

/** Whether a server can be used, will be able to be used soon, or neither. */
export async function askServer(url: string): Promise<'ready' | 'soon' | 'away'> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectMilliseconds })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.end()
    return 'ready'
  } catch (error) {
    // 57P03: it is starting, recovering or stopping.
    return (error as { code?: unknown }).code === '57P03' ? 'soon' : 'away'
  }
}

/** Counts us among those who use the server; undefined where it is just being stopped. */
export async function joinServer(cluster: string, pid: number, url: string): Promise<EmbeddedPostgres | undefined> {
  const holder = await connect(url)
  const lost = new Promise<void>(resolve => holder?.once('end', resolve))
  try {
    await holder?.query('select pg_advisory_lock_shared($1)', [inUse])
  } catch {
    return undefined // Whoever stops it holds the lock until the server has ended our connection.
  }
  if (!holder) return undefined
  return {
    url,
    lost,
    stop: async () => {
      const last = await isLast(holder)
      if (last && (await findServer(cluster))?.pid === pid) await stopServer(pid)
      await holder.end().catch(() => undefined)
    },
  }
}

/** Gives our share of the lock back; true where nobody else has one, and from then on nobody can get one. */
async function isLast(holder: pg.Client): Promise<boolean> {
  try {
    await holder.query('select pg_advisory_unlock_shared($1)', [inUse])
    const { rows } = await holder.query<{ last: boolean }>('select pg_try_advisory_lock($1) as last', [inUse])
    return rows[0]!.last
  } catch {
    return true // The connection was lost, and every other one with it.
  }
}

async function connect(url: string): Promise<pg.Client | undefined> {
  const client = new pg.Client({ connectionString: url, application_name: 'kuvert in use', keepAlive: true })
  client.on('error', () => undefined)
  return client.connect().then(
    () => client,
    () => undefined,
  )
}

async function stopServer(pid: number): Promise<void> {
  // SIGINT is PostgreSQL's fast shutdown: it rolls back what is open and writes a checkpoint.
  if (!signal(pid, 'SIGINT')) return
  for (let waited = 0; signal(pid, 0); waited += 25) {
    if (waited > 15_000) signal(pid, 'SIGQUIT')
    await pause(25)
  }
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name)
  } catch {
    return false // There is no such process any more, or it is not ours.
  }
}

/** Where the system tells the names of processes (Linux). */
async function isSomethingElse(pid: number): Promise<boolean> {
  return readFile(`/proc/${pid}/comm`, 'utf8').then(
    name => name.trim() !== 'postgres',
    () => false,
  )
}
