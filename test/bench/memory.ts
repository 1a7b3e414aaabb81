import { roundTrip } from '../support/round-trip.ts'
import type { Bench } from './context.ts'
import { startProfiledKuvert } from './profiled-kuvert.ts'

const sizesMebibytes = [10, 100, 1024]
const boundMebibytes = 250

/**
 * Sends a marked mail with one attachment of each size through a Kuvert of its own, fetches the file again, compares
 * it, and prints the most memory that was resident. Returns 1 where a file differs.
 */
export async function benchMemory(bench: Bench): Promise<number> {
  console.log('\nattachment   peak after start   peak in and out   file')
  let failed = 0
  for (const mebibytes of sizesMebibytes) {
    const kuvert = bench.keep(await startProfiledKuvert(undefined))
    const before = await kuvert.peakMebibytes()
    const same = await roundTrip(kuvert, mebibytes)
    const peak = await kuvert.peakMebibytes()
    await bench.stopAll()
    if (!same) failed = 1
    const got = { median: peak, least: peak, most: peak }
    const text = `MiB resident, an attachment of ${mebibytes} MiB in and out`
    bench.goals.push({ text, wanted: boundMebibytes, got, atMost: true })
    const cells = [
      `${mebibytes} MiB`.padEnd(12),
      `${before.toFixed(0)} MiB`.padEnd(18),
      `${peak.toFixed(0)} MiB`.padEnd(17),
    ]
    console.log(cells.join(' '), same ? 'identical' : 'DIFFERS')
  }
  return failed
}
