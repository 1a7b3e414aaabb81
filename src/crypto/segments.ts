/** A stretch of a stream; `last` is true for the one that ends it. */
export interface Segment {
  /** Valid until the next segment is asked for: the memory is used again. */
  bytes: Buffer
  last: boolean
}

/**
 * Cuts a stream into segments: one of `firstBytes`, then each of `segmentBytes`, the last one shorter
 * where the stream does not fill it. An empty stream is one empty segment. It holds one segment in memory.
 */
export async function* cutIntoSegments(
  source: AsyncIterable<Buffer>,
  firstBytes: number,
  segmentBytes: number,
): AsyncGenerator<Segment> {
  const memory = Buffer.allocUnsafeSlow(Math.max(firstBytes, segmentBytes))
  let wanted = firstBytes
  let filled = 0
  for await (const chunk of source) {
    let taken = 0
    while (taken < chunk.length) {
      // A full segment waits for a byte after it, because only then is it known not to be the last.
      if (filled === wanted) {
        yield { bytes: memory.subarray(0, filled), last: false }
        wanted = segmentBytes
        filled = 0
      }
      const copied = chunk.copy(memory, filled, taken, Math.min(chunk.length, taken + wanted - filled))
      filled += copied
      taken += copied
    }
  }
  yield { bytes: memory.subarray(0, filled), last: true }
}
