import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { freePort } from '#platform/free-port.ts'

/** Another program that is measured beside Kuvert. */
export interface Peer {
  port: number
  /** Its processes, with their descendants, are all that it costs. */
  pids: number[]
  stop(): Promise<void>
}

/** Starts a program of this folder, which gets its port first and says a word when it is ready. */
export async function startNodePeer(name: 'tcp-proxy' | 'machine-limit', argument: string): Promise<Peer> {
  const port = await freePort()
  const program = fileURLToPath(new URL(`${name}.ts`, import.meta.url))
  const child = spawn(process.execPath, [program, String(port), argument], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return {
    port,
    pids: [child.pid!],
    stop: async () => {
      child.kill()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}
