import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { freePort } from '#platform/free-port.ts'
import { nodeFlags } from '#launch/node-flags.mjs'
import { keepLine } from './kept-log.ts'
import { testKeys, testSettings } from './kuvert-settings.ts'
import { writePeople } from './people.ts'
import { peakMebibytesOf } from './processes.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** A `kuvert serve` that was started, and may have ended. */
export interface SpawnedKuvert {
  child: ChildProcess
  pid: number
  /** Every line that it logged, parsed. A line that is not JSON is under `text`. */
  logged: Record<string, unknown>[]
  /** Resolves with what it said of itself when it ran. Never resolves if it ends before. */
  running: Promise<Record<string, unknown>>
  /** The exit code, or the signal that ended it. */
  ended: Promise<number | string>
}

interface Start {
  /** Of Node, before the program. */
  nodeArgs?: string[]
  /** Of Kuvert, after the configuration. */
  args?: string[]
  env?: Record<string, string>
  /** With a channel for messages to and from it. */
  ipc?: boolean
}

/** Writes the configuration to `file`, and runs `kuvert serve` with it. Its log is printed if the test fails. */
export async function spawnKuvert(
  file: string,
  config: Record<string, unknown>,
  { nodeArgs = [], args = [], env = {}, ipc = false }: Start = {},
): Promise<SpawnedKuvert> {
  await writeFile(file, stringify(config))
  const child = spawn(process.execPath, [...nodeArgs, main, 'serve', '--config', file, ...args], {
    stdio: ['ignore', 'ignore', 'pipe', ...(ipc ? ['ipc' as const] : [])],
    env: { ...process.env, ...env },
  })
  const logged: Record<string, unknown>[] = []
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string)
  const running = new Promise<Record<string, unknown>>(resolve => {
    createInterface({ input: child.stderr! }).on('line', line => {
      keepLine(line)
      // Nobody prints what a benchmark has kept.
      if (process.env['VITEST'] === undefined) console.error(line)
      const entry = parseLine(line)
      logged.push(entry)
      if (entry['msg'] === 'Kuvert is running') resolve(entry)
    })
  })
  return { child, pid: child.pid!, logged, running, ended }
}

/** Waits until it runs. Throws with everything that it said if it ends instead. */
export async function untilRunning({ running, ended, logged }: SpawnedKuvert): Promise<Record<string, unknown>> {
  const said = await Promise.race([running, ended])
  if (typeof said === 'object') return said
  throw new Error(`Kuvert ended (${said}) before it ran:\n${logged.map(line => JSON.stringify(line)).join('\n')}`)
}

function parseLine(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return { text: line }
  }
}

/** Kuvert as a process of its own, on embedded defaults in a temporary folder. */
export interface KuvertProcess {
  pid: number
  smtpPort: number
  portalUrl: string
  /** What is configured as its data folder. */
  folder: string
  maildir: string
  /** The most memory that has been resident so far, in MiB (Linux): all of its processes, but PostgreSQL's. */
  peakMebibytes(): Promise<number>
  stop(): Promise<void>
}

/** Starts it with `sections` over the defaults, and returns when its portal answers. Throws if it does not start. */
export async function startKuvertProcess(
  sections: Record<string, unknown> = {},
  { nodeArgs = [], args = [] }: Pick<Start, 'nodeArgs' | 'args'> = {},
): Promise<KuvertProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'kuvert-process-'))
  const ports = { smtp: await freePort(), http: await freePort() }
  // All clients have one address here.
  const gateway = { limits: { mailBytes: '4 GiB', connections: 1000, connectionsPerAddress: 1000 } }
  const config = testSettings(folder, ports, { keys: testKeys(), gateway, ...sections })
  await writePeople(join(folder, 'people.yaml'), [])
  const spawned = await spawnKuvert(join(folder, 'kuvert.yaml'), config, {
    nodeArgs: [...nodeFlags, ...nodeArgs],
    args,
  })
  const { child, pid, ended } = spawned
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await untilHealthy(config.portal.url, child)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    pid,
    smtpPort: ports.smtp,
    portalUrl: config.portal.url,
    folder,
    maildir: join(folder, 'outbox'),
    peakMebibytes: () => peakMebibytesOf([pid], 'postgres'),
    stop,
  }
}

async function untilHealthy(portalUrl: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const healthy = await fetch(`${portalUrl}/healthz`).then(
      response => response.ok,
      () => false,
    )
    if (healthy) return
    if (tries > 600 || child.exitCode !== null) throw new Error('Kuvert did not start.')
    await pause(50)
  }
}
