import { letGo } from '#collect-garbage.ts'
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
  let previous = 0
  let sizeBytes = 0
  return chunk => {
    sizeBytes += chunk.length
    if (sizeBytes > maxBytes) throw new Failure('MAIL_TOO_BIG', { limit: describeBytes(maxBytes) })
    if (chunk.length === 0) return chunk
    previous = lastByte(chunk, previous)
    if (previous === broken) throw new Failure('LINE_ENDINGS')
    watchForDisguise(chunk)
    letGo(chunk.length)
    return chunk
  }
}

const broken = -1

/**
 * The last byte of a chunk that follows the byte `previous` (or 0, where it is neither CR nor LF); `broken` where an LF has no
 * CR before it, or a CR no LF behind it.
 */
function lastByte(chunk: Buffer, previous: number): number {
  const { length } = chunk
  const wordsFrom = Math.min(-chunk.byteOffset & 3, length)
  const words = wordsOf(chunk, wordsFrom)
  let last = previous
  for (let index = 0; ;) {
    const stop = index < wordsFrom ? wordsFrom : Math.min(length, index + 4)
    for (; index < stop; index++) {
      const byte = chunk[index]!
      if ((byte === LF) !== (last === CR)) return broken
      last = byte
    }
    if (index >= length) return last
    if (last === CR) continue
    const word = (index - wordsFrom) >> 2
    const next = nextWithControl(words, word)
    if (next === word) continue
    index += (next - word) << 2
    last = 0
  }
}

/** The whole words of four bytes in a chunk from this byte on, which is at a multiple of four in memory or the end of the chunk. */
function wordsOf(chunk: Buffer, from: number): Int32Array {
  const count = (chunk.length - from) >> 2
  return count === 0 ? new Int32Array(0) : new Int32Array(chunk.buffer, chunk.byteOffset + from, count)
}

/**
 * The first word from `from` on in which a byte is at most CR. By far the most bytes of a mail are passed over here: one by one
 * they would cost more than all else that is done for a large mail.
 */
function nextWithControl(words: Int32Array, from: number): number {
  for (let index = from; index < words.length; index++) {
    const word = words[index]!
    // Taking 14 from such a byte, and from no other, borrows from its highest bit.
    if (((word - 0x0e0e0e0e) & ~word & 0x80808080) !== 0) return index
  }
  return words.length
}

function describeBytes(count: number): string {
  const mebibytes = count / 1024 ** 2
  return mebibytes >= 1 ? `${Math.floor(mebibytes)} MiB` : `${count} bytes`
}
