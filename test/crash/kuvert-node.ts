import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import type { Role } from '#roles.ts'
import type { CrashPoint } from './crash-point.ts'

/** One process of Kuvert. */
export interface KuvertNode {
  smtpPort: number
  pid: number
  /** Everything it logged, parsed; what is no JSON is under `text`. */
  logged: Record<string, unknown>[]
  /** It ends as soon as it gets there. */
  arm(point: CrashPoint): Promise<void>
  /** The exit code, or the signal that ended it. */
  ended: Promise<number | string>
  signal(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): void
  kill(): Promise<void>
}

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const preload = new URL('./preload.ts', import.meta.url).href

/**
 * Runs `kuvert serve` with this configuration, and returns when it says that it runs. Rejects with what it said where it
 * ends instead. `armed` is a point that counts from its first moment.
 */
export async function startKuvertNode(
  folder: string,
  name: string,
  config: Record<string, unknown>,
  { roles, armed }: { roles?: readonly Role[]; armed?: CrashPoint } = {},
): Promise<KuvertNode> {
  const node = await spawnKuvertNode(folder, name, config, { roles, armed })
  const running = await Promise.race([node.running, node.ended])
  if (typeof running !== 'object') {
    throw new Error(
      `Kuvert ended (${running}) before it ran:\n${node.logged.map(line => JSON.stringify(line)).join('\n')}`,
    )
  }
  return { ...node, smtpPort: running.smtp[0] ?? 0 }
}

/** As `startKuvertNode`, without waiting for it. */
async function spawnKuvertNode(
  folder: string,
  name: string,
  config: Record<string, unknown>,
  { roles, armed }: { roles?: readonly Role[] | undefined; armed?: CrashPoint | undefined } = {},
): Promise<Omit<KuvertNode, 'smtpPort'> & { running: Promise<{ smtp: number[] }> }> {
  const file = join(folder, `${name}.yaml`)
  await writeFile(file, stringify(config))
  const child = spawn(
    process.execPath,
    ['--import', preload, main, 'serve', '--config', file, ...(roles ? ['--roles', roles.join(',')] : [])],
    {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, ...(armed && { KUVERT_TEST_CRASH: JSON.stringify(armed) }) },
    },
  )
  const logged: Record<string, unknown>[] = []
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string)
  const running = new Promise<{ smtp: number[] }>(resolve => {
    createInterface({ input: child.stderr! }).on('line', line => {
      const entry = parseLine(line)
      logged.push(entry)
      if (entry['msg'] === 'Kuvert is running') resolve(entry as { smtp: number[] })
    })
  })
  return {
    pid: child.pid!,
    logged,
    running,
    ended,
    arm: async point => {
      const heard = once(child, 'message')
      child.send(point)
      await Promise.race([heard, ended])
    },
    signal: signal => void child.kill(signal),
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

function parseLine(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return { text: line }
  }
}
