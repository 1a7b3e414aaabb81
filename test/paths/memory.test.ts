import { expect, test } from 'vitest'
import { startKuvertProcess } from '../support/kuvert-process.ts'
import { roundTrip } from '../support/round-trip.ts'

const warmUpMebibytes = 20
const largeMebibytes = 200
/** Far less than the mail: what is in flight does not depend on its size. */
const mayGrowMebibytes = 60

test('an attachment of 200 MiB goes in and out with hardly more memory than one of 20 MiB', async () => {
  const kuvert = await startKuvertProcess()
  try {
    expect(await roundTrip(kuvert, warmUpMebibytes)).toBe(true)
    const before = await kuvert.peakMebibytes()
    expect(await roundTrip(kuvert, largeMebibytes)).toBe(true)
    expect((await kuvert.peakMebibytes()) - before).toBeLessThan(mayGrowMebibytes)
  } finally {
    await kuvert.stop()
  }
})
