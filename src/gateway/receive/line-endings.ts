import { Failure } from '#failure.ts'

/**
 * Watches a mail that streams by: throws where a CR or LF is not part of CRLF (RFC 5321 section 2.3.8: such a
 * mail is read as two by some servers), and where it grows over `maxBytes`. The chunks pass unchanged.
 */
export function watchMail(maxBytes: number): (chunk: Buffer) => Buffer {
  let endsWithReturn = false
  let sizeBytes = 0
  return chunk => {
    sizeBytes += chunk.length
    if (sizeBytes > maxBytes) throw new Failure('MAIL_TOO_BIG', { limit: describeBytes(maxBytes) })
    if (chunk.length === 0) return chunk
    if (endsWithReturn && chunk[0] !== 0x0a) throw new Failure('LINE_ENDINGS')
    // The LF of a CRLF that was cut has been seen to.
    let last = endsWithReturn ? 1 : 0
    let feed = chunk.indexOf(0x0a, last)
    // Every LF has a CR before it, and between two LFs there is no other CR.
    while (feed !== -1) {
      if (!isLine(chunk, last, feed)) throw new Failure('LINE_ENDINGS')
      last = feed + 1
      feed = chunk.indexOf(0x0a, last)
    }
    endsWithReturn = last < chunk.length && chunk[chunk.length - 1] === 0x0d
    if (hasReturn(chunk, last, chunk.length - (endsWithReturn ? 1 : 0))) throw new Failure('LINE_ENDINGS')
    return chunk
  }
}

/** Whether a CR stands right before the LF at `feed`, and none before that. */
function isLine(chunk: Buffer, from: number, feed: number): boolean {
  return feed > from && chunk[feed - 1] === 0x0d && !hasReturn(chunk, from, feed - 1)
}

function hasReturn(chunk: Buffer, from: number, to: number): boolean {
  const at = chunk.subarray(from, to).indexOf(0x0d)
  return at !== -1
}

function describeBytes(count: number): string {
  const mebibytes = count / 1024 ** 2
  return mebibytes >= 1 ? `${Math.floor(mebibytes)} MiB` : `${count} bytes`
}
