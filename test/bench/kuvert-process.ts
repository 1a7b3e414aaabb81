import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { stringify } from 'yaml'
import { freePort } from '#platform/free-port.ts'
import { nodeFlags } from '#launch/node-flags.mjs'
import { peakMebibytesOf } from './processes.ts'

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

/** Starts it with `overrides` over the defaults, and with further arguments on its command line. */
export async function startKuvertProcess(
  overrides: Record<string, unknown> = {},
  ...further: string[]
): Promise<KuvertProcess> {
  return startProfiledKuvert(undefined, overrides, ...further)
}

/** Likewise, and writes a CPU profile into `profileFolder` as it stops. */
export async function startProfiledKuvert(
  profileFolder: string | undefined,
  overrides: Record<string, unknown> = {},
  ...further: string[]
): Promise<KuvertProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'kuvert-bench-'))
  const [smtpPort, httpPort] = [await freePort(), await freePort()]
  const own = { url: `http://localhost:${httpPort}`, port: httpPort }
  const portal = { ...own, ...(overrides['portal'] as Partial<typeof own> | undefined) }
  const config = {
    dataFolder: folder,
    keys: { master: [{ id: 'process', secret: makeKey() }], link: [{ id: 'process', secret: makeKey() }] },
    gateway: {
      listeners: [{ address: '127.0.0.1', port: smtpPort }],
      trustedNetworks: ['127.0.0.1/32'],
      // All clients have one address here.
      limits: { mailBytes: '4 GiB', connections: 1000, connectionsPerAddress: 1000 },
    },
    log: { level: 'warn' },
    ...overrides,
    portal,
  }
  const file = join(folder, 'kuvert.yaml')
  await writeFile(file, stringify(config))
  await writeFile(join(folder, 'people.yaml'), stringify({ people: [] }))
  const profiling = profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`]
  const child = spawn(
    process.execPath,
    [...nodeFlags, ...profiling, 'src/main.ts', 'serve', '--config', file, ...further],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  )
  const stop = async () => {
    child.kill('SIGTERM')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await untilHealthy(portal.url, child)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    pid: child.pid!,
    smtpPort,
    portalUrl: portal.url,
    folder,
    maildir: join(folder, 'outbox'),
    peakMebibytes: () => peakMebibytesOf([child.pid!], 'postgres'),
    stop,
  }
}

function makeKey(): string {
  return randomBytes(32).toString('base64')
}

async function untilHealthy(portalUrl: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const healthy = await fetch(`${portalUrl}/healthz`).then(
      response => response.ok,
      () => false,
    )
    if (healthy) return
    if (tries > 300 || child.exitCode !== null) throw new Error('Kuvert did not start.')
    await pause(100)
  }
}
