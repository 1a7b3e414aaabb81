import { ratioOf, spreadOf, type Measured, type Spread } from './measure.ts'

/** What is to be reached, and what was. */
export interface Goal {
  text: string
  wanted: number
  /** None: it could not be measured here. */
  got: Spread | undefined
  /** Whether less is better: memory. */
  atMost?: boolean
}

/** Adds a goal: so many times as fast as another, or such a part of it. */
export function addRatioGoal(
  goals: Goal[],
  text: string,
  wanted: number,
  one: Measured | undefined,
  other: Measured | undefined,
): void {
  goals.push({ text, wanted, got: one && other ? ratioOf(one, other) : undefined })
}

/** Prints all rows of one comparison; ratios are those of the first to each of the others. */
export function printMeasured(title: string, unit: string, measured: Measured[]): void {
  const [first] = measured
  console.log(`\n${title}: ${first!.runs.length} rounds`)
  for (const one of measured) {
    const rate = spreadOf(one.runs.map(run => run.rate))
    const megabytes = one.runs[0]!.megabytesPerSecond === undefined ? '' : megabytesOf(one)
    const cpu =
      one.cpuMillisecondsEach.length > 0 ? ` ${showNumber(spreadOf(one.cpuMillisecondsEach).median)} ms CPU each` : ''
    const ratio = one === first ? '' : `  ${first!.name} is ${showSpread(ratioOf(first!, one))} times that`
    console.log(`  ${one.name.padEnd(24)} ${showSpread(rate)} ${unit}${megabytes}${cpu}${ratio}`)
  }
}

function megabytesOf({ runs }: Measured): string {
  return `, ${showNumber(spreadOf(runs.map(run => run.megabytesPerSecond!)).median)} MB/s`
}

/** Prints every goal and whether it was reached. */
export function printGoals(goals: Goal[]): void {
  if (goals.length === 0) return
  console.log('\nGoals')
  for (const { text, wanted, got, atMost } of goals) {
    const met = got && (atMost ? got.median <= wanted : got.median >= wanted)
    const verdict = got === undefined ? 'not measured' : met ? 'met' : 'NOT met'
    const bound = `${atMost ? 'at most' : 'at least'} ${wanted}`
    console.log(`  ${text.padEnd(66)} ${bound.padEnd(14)} ${(got ? showSpread(got) : '').padEnd(22)} ${verdict}`)
  }
}

function showSpread({ median, least, most }: Spread): string {
  return `${showNumber(median)} (${showNumber(least)}–${showNumber(most)})`
}

/** Three digits that mean something. */
function showNumber(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en')
  return value.toFixed(value >= 10 ? 1 : 2)
}
