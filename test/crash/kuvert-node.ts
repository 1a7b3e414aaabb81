import { once } from 'node:events'
import { join } from 'node:path'
import type { Role } from '#model.ts'
import { spawnKuvert, untilRunning } from '../support/kuvert-process.ts'
import type { CrashPoint } from './crash-point.ts'

/** One process of Kuvert that a test may kill. */
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

const preload = new URL('./preload.ts', import.meta.url).href

/**
 * Runs `kuvert serve` with this configuration, and returns when it says that it runs. Rejects with what it said if it
 * ends instead. `armed` is a point that counts from its first moment.
 */
export async function startKuvertNode(
  folder: string,
  name: string,
  config: Record<string, unknown>,
  { roles, armed }: { roles?: readonly Role[]; armed?: CrashPoint } = {},
): Promise<KuvertNode> {
  const spawned = await spawnKuvert(join(folder, `${name}.yaml`), config, {
    nodeArgs: ['--import', preload],
    args: roles ? ['--roles', roles.join(',')] : [],
    env: armed ? { KUVERT_TEST_CRASH: JSON.stringify(armed) } : {},
    ipc: true,
  })
  const { child, pid, logged, ended } = spawned
  const { smtp } = (await untilRunning(spawned)) as { smtp: number[] }
  return {
    smtpPort: smtp[0] ?? 0,
    pid,
    logged,
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
