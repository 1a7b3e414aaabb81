import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import type { WorkerReport, WorkerTask } from './fuzz-worker.ts'
import { inputFor } from './inputs.ts'

/**
 * `npm run fuzz -- [--seconds N] [--seed S] [--from INDEX]`: tries spoiled mails, subjects and slots for as long. Each
 * input follows from the seed and its number alone. Exits with 1 where anything is wrong.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string' },
    from: { type: 'string', default: '0' },
  },
})
const seed = values.seed ?? String(Date.now())
const seconds = Number(values.seconds)
const from = Number(values.from)
if (!(seconds > 0) || !(from >= 0)) {
  console.error('Usage: npm run fuzz -- [--seconds N] [--seed S] [--from INDEX]')
  process.exit(2)
}

/** No input takes that long, however busy the machine is. */
const hangMs = 60_000
const maxGrownBytes = 32 * 1024 ** 2
const mostShown = 20

const folder = await mkdtemp(join(tmpdir(), 'kuvert-fuzz-'))
let shown = 0

async function showWrong(index: number, wrong: string[]): Promise<void> {
  shown += 1
  if (shown > mostShown) return
  const { kind, bytes } = inputFor(seed, index)
  const file = join(folder, `${seed}-${index}.${kind.endsWith('mail') ? 'eml' : 'txt'}`)
  await writeFile(file, bytes)
  console.log(`\nWrong with ${kind} ${index}, ${file}:`)
  for (const each of wrong) console.log(`  ${each}`)
  console.log(`  Again: npm run fuzz -- --seed ${seed} --from ${index} --seconds 1`)
}

async function run(): Promise<number> {
  const current = new SharedArrayBuffer(4)
  const watched = new Int32Array(current)
  const task: WorkerTask = { seed, from, seconds, current }
  const worker = new Worker(new URL('fuzz-worker.ts', import.meta.url), { workerData: task })
  let last = { index: -1, since: performance.now() }
  const watch = setInterval(() => {
    const index = Atomics.load(watched, 0)
    if (index !== last.index) last = { index, since: performance.now() }
    else if (performance.now() - last.since > hangMs) worker.emit('error', new Error(`Input ${index} hangs.`))
  }, 1000)
  const reports: WorkerReport[] = []
  try {
    await new Promise<void>((resolve, reject) => {
      worker.on('message', (said: WorkerReport) => void reports.push(said))
      worker.once('error', reject)
      worker.once('exit', () => resolve())
    })
  } catch (error) {
    await worker.terminate()
    await showWrong(Atomics.load(watched, 0), [String(error instanceof Error ? error.stack : error)])
  } finally {
    clearInterval(watch)
  }
  for (const said of reports) if (said.is === 'wrong') await showWrong(said.index, said.wrong)
  return summary(reports)
}

function summary(reports: WorkerReport[]): number {
  const done = reports.find(said => said.is === 'done')
  if (!done) return 1
  const grown = done.grownBytes / 1024 ** 2
  const counts = Object.entries(done.tried).map(([kind, count]) => `${count} × ${kind}`)
  console.log(`\nTried with the seed ${seed}: ${counts.join(', ')}.`)
  const slowest = `The slowest, ${done.slowest.index}, took ${done.slowest.ms.toFixed(0)} ms of processor time`
  console.log(`${slowest}; memory grew by ${grown.toFixed(1)} MiB.`)
  if (done.grownBytes > maxGrownBytes) console.log('Memory should not grow.')
  console.log(shown === 0 ? 'Nothing is wrong.' : `${shown} inputs show that something is wrong.`)
  return shown > 0 || done.grownBytes > maxGrownBytes ? 1 : 0
}

process.exitCode = await run()
