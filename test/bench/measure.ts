import { cpuSecondsOf } from '../support/processes.ts'

/** What one run of one contender came to. */
export interface Run {
  /** Mails, megabytes or pages a second. */
  rate: number
  /** A second figure of the same run: MB a second (10^6 bytes) beside mails a second. */
  megabytesPerSecond?: number
  /** What was done: mails or requests, to divide the CPU time by. */
  count: number
}

/** Something that is measured beside others. */
export interface Contender {
  name: string
  run(): Promise<Run>
  /** Processes whose CPU time counts, with all that they have started. */
  pids?: number[]
  /** Puts away what a run has left behind; not measured. */
  clean?(): Promise<void>
}

/** All runs of one contender. */
export interface Measured {
  name: string
  runs: Run[]
  /** Of each run; none where it cannot be told. */
  cpuMillisecondsEach: number[]
}

export interface Spread {
  median: number
  least: number
  most: number
}

/** One round of each that is not counted, then `runs` rounds, in each of which every contender has one turn. */
export async function interleave(contenders: Contender[], runs: number): Promise<Measured[]> {
  const measured = contenders.map(({ name }): Measured => ({ name, runs: [], cpuMillisecondsEach: [] }))
  for (let round = -1; round < runs; round += 1) {
    for (const [index, contender] of contenders.entries()) {
      const before = await cpuSecondsOf(contender.pids ?? [])
      const run = await contender.run()
      const cpuSeconds = (await cpuSecondsOf(contender.pids ?? [])) - before
      await contender.clean?.()
      if (round < 0) continue
      measured[index]!.runs.push(run)
      if (contender.pids) measured[index]!.cpuMillisecondsEach.push((cpuSeconds * 1000) / run.count)
    }
  }
  return measured
}

export function spreadOf(values: number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = sorted.length / 2
  const median = sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  return { median, least: sorted[0]!, most: sorted.at(-1)! }
}

/** The ratio of one to the other in each round, which is fairer than that of their medians: rounds may differ. */
export function ratioOf(one: Measured, other: Measured): Spread {
  return spreadOf(one.runs.map((run, index) => run.rate / other.runs[index]!.rate))
}
