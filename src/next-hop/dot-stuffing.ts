const LINE_FEED = 10
const DOT = 46
const dotLine = Buffer.from('\n.')

/**
 * Returns a function that dot-stuffs a mail, chunk by chunk (RFC 5321 section 4.5.2); how the mail is cut
 * makes no difference. A dot is doubled after any line feed: next hops that take a bare one for the end of
 * a line cannot be made to see the end of the mail.
 *
 * A chunk without such a dot is given back as it is, uncopied. One with them is copied byte by byte, so that
 * no choice of content is slow: searching for each of 20,000 dots would take ten times as long.
 */
export function createDotStuffer(): (chunk: Buffer) => Buffer {
  let atLineStart = true
  return chunk => {
    if (chunk.length === 0) return chunk
    const first = atLineStart && chunk[0] === DOT ? 0 : chunk.indexOf(dotLine) + 1
    const stuffed = first > 0 || (atLineStart && chunk[0] === DOT) ? stuffFrom(chunk, first) : chunk
    atLineStart = chunk[chunk.length - 1] === LINE_FEED
    return stuffed
  }
}

/** `first` is the position of the first dot to double. */
function stuffFrom(chunk: Buffer, first: number): Buffer {
  const stuffed = Buffer.allocUnsafe(chunk.length * 2 - first)
  chunk.copy(stuffed, 0, 0, first)
  let length = first
  let previous = LINE_FEED
  for (let index = first; index < chunk.length; index++) {
    const byte = chunk[index] as number
    if (byte === DOT && previous === LINE_FEED) stuffed[length++] = DOT
    stuffed[length++] = byte
    previous = byte
  }
  return stuffed.subarray(0, length)
}
