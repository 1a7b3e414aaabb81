import { cpus, totalmem } from 'node:os'
import { benchMemory } from './memory.ts'

/** `npm run bench -- NAME`: every benchmark by name; without one, all of them. */
const benches: Record<string, () => Promise<number>> = { memory: benchMemory }

const wanted = process.argv.slice(2)
const unknown = wanted.filter(name => !(name in benches))
if (unknown.length > 0) {
  console.error(`There is no benchmark "${unknown[0]}". There are: ${Object.keys(benches).join(', ')}.`)
  process.exit(2)
}
console.log(
  `${cpus().length} × ${cpus()[0]?.model}, ${(totalmem() / 1024 ** 3).toFixed(0)} GiB, Node ${process.version}`,
)
let failed = 0
for (const name of wanted.length > 0 ? wanted : Object.keys(benches)) failed += await benches[name]!()
process.exitCode = failed > 0 ? 1 : 0
