import type { Bench } from './context.ts'
import { growthRows, type GrowthRow } from './growth-rows.ts'
import { spreadOf, type Spread } from './measure.ts'

/** Twice the input may take so many times as long: linear work, and room for what else the machine does. */
const mostGrowth = 2.5
/** Inputs are made larger until a run takes so long that it can be measured, or they are this large. */
const leastMilliseconds = 15
const largestBytes = 4 * 1024 ** 2
const doublings = 2

/** How much longer each of the functions that read what strangers write takes for twice the input. */
export async function benchGrowth(bench: Bench): Promise<number> {
  let failed = 0
  for (const row of growthRows) {
    const { sizes, milliseconds } = await measure(row, bench.runs)
    const growth = spreadOf(milliseconds.slice(1).map((each, index) => each / milliseconds[index]!))
    const measured = sizes.map((size, index) => `${size.toLocaleString('en')}: ${milliseconds[index]!.toFixed(1)} ms`)
    console.log(`  ${row.name.padEnd(52)} ×${growth.median.toFixed(2)}  ${measured.join(', ')}`)
    bench.goals.push({ text: row.name, wanted: mostGrowth, got: growth, atMost: true })
    if (isTooMuch(growth)) failed += 1
  }
  return failed
}

function isTooMuch({ median }: Spread): boolean {
  return median > mostGrowth
}

async function measure(row: GrowthRow, runs: number): Promise<{ sizes: number[]; milliseconds: number[] }> {
  let size = row.from
  // The first run also compiles the function.
  await timeOf(row, size)
  while (size * 2 ** doublings < (row.upTo ?? largestBytes) && (await timeOf(row, size)) < leastMilliseconds) size *= 2
  const sizes = Array.from({ length: doublings + 1 }, (_, index) => size * 2 ** index)
  const milliseconds: number[] = []
  for (const each of sizes) {
    const times: number[] = []
    for (let run = 0; run < runs; run += 1) times.push(await timeOf(row, each))
    // The shortest: what else the machine did only ever adds to it.
    milliseconds.push(Math.max(spreadOf(times).least, 0.1))
  }
  return { sizes, milliseconds }
}

/** CPU time of this process, in milliseconds: others may run beside it. */
async function timeOf({ make, run }: GrowthRow, size: number): Promise<number> {
  const work = run(make(size))
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
