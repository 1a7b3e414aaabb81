import { Failure } from '#failure.ts'
import { watchForDisguisedEnd } from './disguised-end.ts'

const CR = 0x0d
const LF = 0x0a

/**
 * Watches a mail that streams by: throws where a CR or LF is not part of CRLF (RFC 5321 section 2.3.8: such a
 * mail is read as two by some servers), where NULs disguise a lone dot, and where it grows over `maxBytes`. The chunks pass
 * unchanged.
 */
export function watchMail(maxBytes: number): (chunk: Buffer) => Buffer {
  const watchForDisguise = watchForDisguisedEnd()
  let endsWithReturn = false
  let sizeBytes = 0
  return chunk => {
    sizeBytes += chunk.length
    if (sizeBytes > maxBytes) throw new Failure('MAIL_TOO_BIG', { limit: describeBytes(maxBytes) })
    if (chunk.length === 0) return chunk
    // The LF of a CRLF that was cut has been seen to.
    const from = endsWithReturn ? 1 : 0
    if ((endsWithReturn && chunk[0] !== LF) || !hasWholeLineEndings(chunk, from)) throw new Failure('LINE_ENDINGS')
    endsWithReturn = chunk[chunk.length - 1] === CR
    watchForDisguise(chunk)
    return chunk
  }
}

/** Whether every LF has a CR before it, and every CR but the very last byte an LF behind it. */
function hasWholeLineEndings(chunk: Buffer, from: number): boolean {
  const { length } = chunk
  for (let index = from; ;) {
    // By far the most bytes are read here: nothing that can wait until after it is done in it.
    while (index < length && chunk[index]! > CR) index += 1
    if (index >= length) return true
    const byte = chunk[index]
    if (byte === LF) return false
    if (byte === CR) {
      if (index + 1 < length && chunk[index + 1] !== LF) return false
      index += 1
    }
    index += 1
  }
}

function describeBytes(count: number): string {
  const mebibytes = count / 1024 ** 2
  return mebibytes >= 1 ? `${Math.floor(mebibytes)} MiB` : `${count} bytes`
}
