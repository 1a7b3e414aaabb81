import { Readable } from 'node:stream'
import type { NextHopSession, Reply } from '#next-hop/next-hop.ts'

/**
 * Hands an unmarked mail to the next hop while it arrives: one Received field, then its bytes unchanged.
 * Returns the next hop's final answer. If the mail ends badly (the client goes away, a broken line ending,
 * too big), the next hop keeps nothing and the reason is thrown.
 */
export async function relay(nextHop: NextHopSession, received: Buffer, mail: AsyncIterable<Buffer>): Promise<Reply> {
  async function* bytes() {
    yield received
    yield* mail
  }
  return nextHop.data(Readable.from(bytes(), { objectMode: false, highWaterMark: 256 * 1024 }))
}
