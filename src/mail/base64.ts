import { BrokenEncoding } from './broken-encoding.ts'
import type { ByteRange } from '#model.ts'
import type { MailSource } from './mail-source.ts'

const equals = 0x3d
const lineFeed = 0x0a
const carriageReturn = 0x0d
const alphabetOnly = /^[A-Za-z0-9+/]*$/

/** Node decodes strings: larger ones than this are collected so much later that decoding takes twice as long. */
const sliceBytes = 64 * 1024

/** What stands between two slices. */
interface Decoder {
  /** Fewer than four characters, not decoded yet. */
  carry: string
  /** True once the padding has begun: no data may follow. */
  isPadded: boolean
}

/** Memory for decoded bytes; `filled` of it is in use. */
interface Output {
  memory: Buffer
  filled: number
}

/**
 * Decodes base64 (RFC 2045 section 6.8) in bulk: characters of the alphabet with white space anywhere, then padding, of
 * which there may be too little or too much. All decoders agree on that. Throws `BrokenEncoding` if they do not: for other
 * characters, data behind the padding, and a last character that makes no byte. With `reuse`, what it yields is good
 * until the next is asked for.
 */
export async function* decodeBase64(blocks: AsyncIterable<Buffer>, reuse = false): AsyncGenerator<Buffer> {
  const decoder: Decoder = { carry: '', isPadded: false }
  let memory: Buffer = Buffer.alloc(0)
  for await (const block of blocks) {
    // What was carried over from the block before makes one more quantum.
    const mostBytes = Math.ceil(block.length / 4) * 3 + 3
    if (!reuse || memory.length < mostBytes) memory = Buffer.allocUnsafe(mostBytes)
    const output: Output = { memory, filled: 0 }
    for (let at = 0; at < block.length; at += sliceBytes) {
      decodeSlice(decoder, block.subarray(at, at + sliceBytes), output)
    }
    if (output.filled > 0) yield memory.subarray(0, output.filled)
  }
  const { carry } = decoder
  if (carry.length === 1) throw new BrokenEncoding('characters are missing')
  if (carry !== '') yield decodeExactly(carry, carry.length - 1)
}

function decodeSlice(decoder: Decoder, slice: Buffer, output: Output): void {
  const padded = decoder.isPadded ? 0 : slice.indexOf(equals)
  const data = padded === -1 ? slice : slice.subarray(0, padded)
  const { carry } = decoder
  if (data.length > 0) decoder.carry = decodeBulk(data, carry, output) ?? decodeSlowly(data, carry, output)
  if (padded === -1) return
  decoder.isPadded = true
  if (/[^= \t\r\n]/.test(slice.toString('latin1', padded))) throw new BrokenEncoding('data after the padding')
}

/**
 * Decodes whole quanta; returns what is left over, fewer than four characters. Node's decoder skips what is not
 * in the alphabet, so that a length that is right shows that nothing was skipped. Null where it is not right.
 */
function decodeBulk(data: Buffer, carry: string, output: Output): string | null {
  // Node takes the alphabet of base64url as well.
  if (data.includes(0x2d) || data.includes(0x5f)) return null
  const characters = data.length - lineEndBytes(data)
  if (!(characters >= 0)) return null
  const head = takeCharacters(data, 0, 1, Math.min((4 - carry.length) % 4, characters))
  const tail = takeCharacters(data, data.length - 1, -1, (characters - head.text.length) % 4)
  if (!alphabetOnly.test(head.text) || !alphabetOnly.test(tail.text)) return null
  const first = carry + head.text
  if (carry !== '' && first.length < 4) return first
  const middle = data.toString('latin1', head.next, tail.next + 1)
  const middleBytes = ((characters - head.text.length - tail.text.length) / 4) * 3
  return decodeWhole(first, middle, middleBytes, output) ? tail.text : null
}

/** Decodes one quantum or none, and lines of `middleBytes` bytes. False where there are not exactly so many. */
function decodeWhole(first: string, middle: string, middleBytes: number, output: Output): boolean {
  const firstBytes = first === '' ? 0 : 3
  if (!Number.isInteger(middleBytes) || (middleBytes === 0 && /[^\r\n]/.test(middle))) return false
  const { memory, filled } = output
  if (memory.write(first, filled, firstBytes, 'base64') !== firstBytes) return false
  if (memory.write(middle, filled + firstBytes, middleBytes, 'base64') !== middleBytes) return false
  output.filled += firstBytes + middleBytes
  return true
}

/** How many bytes are line ends, where all of them are CRLF; one may be cut by an end of the block. NaN where one is not. */
function lineEndBytes(data: Buffer): number {
  const first = data.indexOf(lineFeed)
  const cut = data[data.length - 1] === carriageReturn ? 1 : 0
  if (first === -1) return cut
  let lines = 1
  let at = first
  const lineBytes = data.indexOf(lineFeed, first + 1) - first
  for (;;) {
    // Most lines are as long as the first: looking there is faster than to search. Should there be another line end
    // in between, what is decoded comes out too short.
    const next = data[at + lineBytes] === lineFeed ? at + lineBytes : data.indexOf(lineFeed, at + 1)
    if (next <= at) break
    if (data[next - 1] !== carriageReturn) return NaN
    lines += 1
    at = next
  }
  if (first > 0 && data[first - 1] !== carriageReturn) return NaN
  return lines * 2 - (first === 0 ? 1 : 0) + cut
}

/** Takes characters from one end of a block, passing over line ends; `next` is where the one after them would be. */
function takeCharacters(data: Buffer, from: number, step: 1 | -1, count: number): { text: string; next: number } {
  let text = ''
  let at = from
  for (; text.length < count && at >= 0 && at < data.length; at += step) {
    if (data[at] === carriageReturn || data[at] === lineFeed) continue
    const character = String.fromCharCode(data[at]!)
    text = step === 1 ? text + character : character + text
  }
  return { text, next: at }
}

/** For slices with blanks in them, and to make sure of broken ones. Returns what is left over. */
function decodeSlowly(data: Buffer, carry: string, output: Output): string {
  const text = data.toString('latin1')
  if (/[^A-Za-z0-9+/ \t\r\n]/.test(text)) throw new BrokenEncoding('characters outside of the alphabet')
  const characters = carry + text.replace(/[ \t\r\n]+/g, '')
  const whole = characters.length - (characters.length % 4)
  output.filled += decodeExactly(characters.slice(0, whole), (whole / 4) * 3).copy(output.memory, output.filled)
  return characters.slice(whole)
}

function decodeExactly(characters: string, sizeBytes: number): Buffer {
  const bytes = Buffer.from(characters, 'base64')
  if (bytes.length !== sizeBytes || /[-_]/.test(characters))
    throw new BrokenEncoding('characters outside of the alphabet')
  return bytes
}

/**
 * Offset in the mail of a base64 character, counted without white space; the end of the range where there
 * are not that many.
 */
export async function findBase64Character(source: MailSource, range: ByteRange, index: number): Promise<number> {
  let seen = 0
  let blockStart = range.start
  for await (const block of source.stream(range)) {
    for (let at = 0; at < block.length; at += 1) {
      if (block[at]! <= 0x20) continue
      if (seen === index) return blockStart + at
      seen += 1
    }
    blockStart += block.length
  }
  return range.end
}
