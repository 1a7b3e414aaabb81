import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makeKeeper, type Bench } from './context.ts'
import { benchGrowth } from './growth.ts'
import { printGoals } from './goals.ts'
import { benchDownloads } from './downloads.ts'
import { benchMemory } from './memory.ts'
import { benchMarked } from './marked.ts'
import { benchRows } from './rows.ts'
import { benchUnmarked } from './unmarked.ts'
import { benchViews } from './views.ts'
import { versions } from './versions.ts'

/** `npm run bench -- NAME …`: benchmarks by name; without one, all of them. Each returns how many of its parts broke. */
const benches: Record<string, (bench: Bench) => Promise<number>> = {
  unmarked: benchUnmarked,
  marked: benchMarked,
  downloads: benchDownloads,
  memory: benchMemory,
  rows: benchRows,
  growth: benchGrowth,
  views: benchViews,
}

const usualRuns = 5
const quickRuns = 2

const { values, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, profile: { type: 'string' } },
})
const unknown = wanted.filter(name => !(name in benches))
if (unknown.length > 0) {
  console.error(`There is no benchmark "${unknown[0]}". There are: ${Object.keys(benches).join(', ')}.`)
  process.exit(2)
}
if (values.profile !== undefined) await mkdir(values.profile, { recursive: true })
console.log(`${cpus().length} × ${cpus()[0]?.model}, ${(totalmem() / 1024 ** 3).toFixed(0)} GiB`)
console.log(await versions())
const bench: Bench = {
  quick: values.quick,
  runs: values.quick ? quickRuns : usualRuns,
  profileFolder: values.profile,
  folder: await mkdtemp(join(tmpdir(), 'kuvert-bench-load-')),
  goals: [],
  ...makeKeeper(),
}
const tidyUp = async () => {
  await bench.stopAll()
  await rm(bench.folder, { recursive: true, force: true })
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void tidyUp().finally(() => process.exit(1)))
}
let failed = 0
try {
  for (const name of wanted.length > 0 ? wanted : Object.keys(benches)) {
    console.log(`\n# ${name}`)
    failed += await benches[name]!(bench)
    await bench.stopAll()
  }
} finally {
  await tidyUp()
}
printGoals(bench.goals)
process.exitCode = failed > 0 ? 1 : 0
