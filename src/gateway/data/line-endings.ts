import { letGo } from '#platform/hint-gc.ts'
import { Failure } from '#failure.ts'
import { humanSize } from '#texts/human-size.ts'
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
    if (sizeBytes > maxBytes) throw new Failure('MAIL_TOO_BIG', { limit: humanSize(maxBytes, 'en') })
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
  // Nearly every chunk of a mail is done with here: byte by byte it would cost more than all else that is done for a large mail.
  if (countInLineEnds(chunk, previous) === countControls(chunk)) return chunk[chunk.length - 1]!
  let last = previous
  for (let index = 0; index < chunk.length; index++) {
    const byte = chunk[index]!
    if ((byte === LF) !== (last === CR)) return broken
    last = byte
  }
  return last
}

/**
 * How many bytes of a chunk are in its line ends; NaN where one of them is broken. Where lines are as long as each other, it is
 * looked only where the next one would end: should one end before that, its end is missed.
 */
function countInLineEnds(chunk: Buffer, previous: number): number {
  const isContinued = previous === CR
  if (isContinued && chunk[0] !== LF) return NaN
  let count = isContinued ? 1 : 0
  let at = isContinued ? 0 : -1
  let lineBytes = 0
  let isEven = false
  for (;;) {
    let next = at + lineBytes
    if (!isEven || chunk[next] !== LF) {
      next = lineFeedFrom(chunk, at + 1)
      if (next === chunk.length) break
      isEven = next - at === lineBytes
      lineBytes = next - at
    }
    if (chunk[next - 1] !== CR) return NaN
    count += 2
    at = next
  }
  return chunk[chunk.length - 1] === CR ? count + 1 : count
}

/** Where the next LF is, or the end. Lines are short: asking Node would take longer. */
function lineFeedFrom(chunk: Buffer, start: number): number {
  let at = start
  while (at < chunk.length && chunk[at] !== LF) at += 1
  return at
}

/** How many bytes are one of the first 14 characters, CR and LF among them. Some 0x0E may be counted as well. */
function countControls(chunk: Buffer): number {
  const wordsAt = Math.min(-chunk.byteOffset & 3, chunk.length)
  const wordCount = (chunk.length - wordsAt) >> 2
  const around = countInBytes(chunk, 0, wordsAt) + countInBytes(chunk, wordsAt + wordCount * 4, chunk.length)
  if (wordCount === 0) return around
  return around + countInWords(new Int32Array(chunk.buffer, chunk.byteOffset + wordsAt, wordCount))
}

function countInBytes(chunk: Buffer, start: number, end: number): number {
  let count = 0
  for (let index = start; index < end; index++) if (chunk[index]! <= CR) count += 1
  return count
}

/** Four bytes at once: each has its own count in a byte of `counts`, which is emptied before one of them can overflow. */
function countInWords(words: Int32Array): number {
  let total = 0
  for (let index = 0; index < words.length;) {
    let counts = 0
    for (const end = Math.min(words.length, index + 255); index < end; index++) {
      const word = words[index]!
      // Taking 14 from such a byte, and from no other, borrows from its highest bit.
      counts = (counts + (((word - 0x0e0e0e0e) & ~word & 0x80808080) >>> 7)) | 0
    }
    total += (counts & 255) + ((counts >>> 8) & 255) + ((counts >>> 16) & 255) + (counts >>> 24)
  }
  return total
}
