import { Failure } from '#failure.ts'
import type { NextHopSession, Reply } from '#next-hop/next-hop.ts'
import type { Chunks } from '#platform/chunks.ts'
import { maxMailBytes } from '#next-hop/parameters.ts'
import { humanSize } from '#texts/human-size.ts'

interface ToRelay {
  received: Buffer
  /** Where they can be waited for, they can be destroyed. */
  bytes: AsyncIterable<Buffer> & Partial<Chunks>
  /** Of the mail as it came, where that is known before it is here. */
  sizeBytes: number | undefined
  /** A word that marks a mail, to tell the sender of. */
  keyword: string
}

/**
 * Hands an unmarked mail to the next hop while it arrives: one Received field, then its bytes unchanged.
 * Returns the next hop's final answer. If the mail ends badly (the client goes away, a broken line ending,
 * too big), the next hop keeps nothing and the reason is thrown. Where its size alone would be refused, that is
 * said without troubling the next hop.
 */
export async function relay(nextHop: NextHopSession, mail: ToRelay): Promise<Reply> {
  const maxBytes = maxMailBytes(nextHop.extensions)
  if (maxBytes !== undefined && mail.sizeBytes !== undefined && mail.sizeBytes > maxBytes) {
    throw new Failure('NEXT_HOP_TOO_SMALL', { limit: humanSize(maxBytes, 'en'), keyword: mail.keyword })
  }
  return nextHop.data(preceded(mail.received, mail.bytes))
}

/** One chunk, and then the others. Written out, since a generator would cost more than all else that is done for a small mail. */
function preceded(first: Buffer, others: ToRelay['bytes']): Chunks {
  const rest = others[Symbol.asyncIterator]()
  let isFirst = true
  const next = async (): Promise<IteratorResult<Buffer>> => {
    if (!isFirst) return rest.next()
    isFirst = false
    return { done: false, value: first }
  }
  return { [Symbol.asyncIterator]: () => ({ next }), destroy: () => others.destroy?.() }
}
