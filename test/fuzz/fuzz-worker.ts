import { parentPort, workerData } from 'node:worker_threads'
import { inputFor } from './inputs.ts'

/** What `fuzz.ts` asks for. */
export interface WorkerTask {
  seed: string
  from: number
  seconds: number
  /** The input that is being tried, for whoever watches. */
  current: SharedArrayBuffer
}

/** What the worker tells. */
export type WorkerReport =
  | { is: 'wrong'; index: number; wrong: string[] }
  | { is: 'done'; tried: Record<string, number>; slowest: { index: number; ms: number }; grownBytes: number }

const maxCpuMs = 5000

/** Tries one input after the other until the time is over; measures the memory that is left each time. */
async function run({ seed, from, seconds, current }: WorkerTask): Promise<void> {
  const watched = new Int32Array(current)
  const tried: Record<string, number> = {}
  const until = performance.now() + seconds * 1000
  let slowest = { index: from, ms: 0 }
  let index = from
  const used: number[] = []
  for (; performance.now() < until; index += 1) {
    Atomics.store(watched, 0, index)
    const input = inputFor(seed, index)
    const before = process.threadCpuUsage()
    const wrong = await input.check().catch((error: Error) => [`it threw: ${error.stack}`])
    const { user, system } = process.threadCpuUsage(before)
    const ms = (user + system) / 1000
    if (ms > slowest.ms) slowest = { index, ms }
    if (ms > maxCpuMs) wrong.push(`it took ${ms.toFixed(0)} ms of processor time`)
    if (wrong.length > 0) report({ is: 'wrong', index, wrong })
    tried[input.kind] = (tried[input.kind] ?? 0) + 1
    if (index % 500 === from % 500) used.push(memoryInUse())
  }
  used.push(memoryInUse())
  report({ is: 'done', tried, slowest, grownBytes: growth(used) })
}

function memoryInUse(): number {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Code and tables are loaded first; what comes after the first third should be no more than at its end. */
function growth(used: number[]): number {
  const warm = Math.max(...used.slice(0, Math.ceil(used.length / 3)))
  return Math.min(...used.slice(-3)) - warm
}

function report(said: WorkerReport): void {
  parentPort!.postMessage(said)
}

await run(workerData as WorkerTask)
