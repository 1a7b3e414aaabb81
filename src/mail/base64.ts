import { BrokenEncoding } from '#mail/broken-encoding.ts'
import type { ByteRange } from '#model.ts'
import type { MailSource } from '#mail/mail-source.ts'

const equals = 0x3d
const lineFeed = 0x0a
const alphabetOnly = /^[A-Za-z0-9+/]*$/

/** Node decodes strings: larger ones than this are collected so much later that decoding takes twice as long. */
const sliceBytes = 64 * 1024

/** What stands between two slices. */
interface Decoder {
  /** Fewer than four characters, not decoded yet. */
  carry: string
  padding: string
  afterBlank: boolean
}

/**
 * Decodes base64 (RFC 2045 section 6.8) in bulk, strictly: lines of the alphabet, blanks at their ends, one
 * padding at the very end. Throws `BrokenEncoding` where a decoder would have to skip or guess.
 */
export async function* decodeBase64(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const decoder: Decoder = { carry: '', padding: '', afterBlank: false }
  for await (const block of inSlices(blocks)) {
    const padded = decoder.padding === '' ? block.indexOf(equals) : 0
    const data = padded === -1 ? block : block.subarray(0, padded)
    if (data.length > 0) {
      const bytes = decodeData(decoder, data)
      if (bytes.length > 0) yield bytes
    }
    if (padded !== -1) takePadding(decoder, block.toString('latin1', padded))
  }
  const { carry, padding } = decoder
  if ((carry.length + padding.length) % 4 !== 0 || carry.length === 1)
    throw new BrokenEncoding('characters are missing')
  if (carry !== '') yield decodeExactly(carry + padding, carry.length - 1)
}

async function* inSlices(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const block of blocks) {
    for (let at = 0; at < block.length; at += sliceBytes) yield block.subarray(at, at + sliceBytes)
  }
}

function decodeData(decoder: Decoder, data: Buffer): Buffer {
  const { carry, afterBlank } = decoder
  const { bytes, rest } = (!afterBlank && decodeBulk(data, carry)) || decodeSlowly(data, carry, afterBlank)
  decoder.carry = rest
  decoder.afterBlank = isBlank(data[data.length - 1]!)
  return bytes
}

/**
 * Decodes whole quanta; what is left over is fewer than four characters. Node's decoder skips what is not
 * in the alphabet, so that a length that is right shows that nothing was skipped. Null where it is not right.
 */
function decodeBulk(data: Buffer, carry: string): { bytes: Buffer; rest: string } | null {
  // Node takes the alphabet of base64url as well.
  if (data.includes(0x2d) || data.includes(0x5f)) return null
  const characters = data.length - lineEndBytes(data)
  if (characters < 0) return null
  const head = takeCharacters(data, 0, 1, Math.min((4 - carry.length) % 4, characters))
  const tail = takeCharacters(data, data.length - 1, -1, (characters - head.text.length) % 4)
  if (!alphabetOnly.test(head.text) || !alphabetOnly.test(tail.text)) return null
  if (carry !== '' && carry.length + head.text.length < 4) {
    return { bytes: Buffer.alloc(0), rest: carry + head.text }
  }
  const first = carry + head.text
  const middle = data.toString('latin1', head.next, tail.next + 1)
  const bytes = decodeWhole(first, middle, ((characters - head.text.length - tail.text.length) / 4) * 3)
  return bytes && { bytes, rest: tail.text }
}

/** Decodes one quantum or none, and lines of `middleBytes` bytes. Null where there are not exactly so many. */
function decodeWhole(first: string, middle: string, middleBytes: number): Buffer | null {
  const firstBytes = first === '' ? 0 : 3
  if (!Number.isInteger(middleBytes) || (middleBytes === 0 && /[^\r\n]/.test(middle))) return null
  const bytes = Buffer.allocUnsafe(firstBytes + middleBytes)
  const written = bytes.write(first, 0, firstBytes, 'base64')
  if (written !== firstBytes) return null
  return bytes.write(middle, firstBytes, middleBytes, 'base64') === middleBytes ? bytes : null
}

/** How many bytes are line ends, where all of them are CRLF; one may be cut by an end of the block. */
function lineEndBytes(data: Buffer): number {
  let lines = 0
  for (let at = data.indexOf(lineFeed); at !== -1; at = data.indexOf(lineFeed, at + 1)) lines += 1
  return lines * 2 - (data[0] === lineFeed ? 1 : 0) + (data[data.length - 1] === 0x0d ? 1 : 0)
}

/** Takes characters from one end of a block, passing over line ends; `next` is where the one after them would be. */
function takeCharacters(data: Buffer, from: number, step: 1 | -1, count: number): { text: string; next: number } {
  let text = ''
  let at = from
  for (; text.length < count && at >= 0 && at < data.length; at += step) {
    if (data[at] === 0x0d || data[at] === lineFeed) continue
    const character = String.fromCharCode(data[at]!)
    text = step === 1 ? text + character : character + text
  }
  return { text, next: at }
}

/** For blocks with blanks in them, and to make sure of broken ones. */
function decodeSlowly(data: Buffer, carry: string, afterBlank: boolean): { bytes: Buffer; rest: string } {
  const text = (afterBlank ? ' ' : '') + data.toString('latin1')
  if (/[^A-Za-z0-9+/ \t\r\n]/.test(text)) throw new BrokenEncoding('characters outside of the alphabet')
  if (/[ \t][A-Za-z0-9+/]/.test(text)) throw new BrokenEncoding('a blank within a line')
  const characters = carry + text.replace(/[ \t\r\n]+/g, '')
  const whole = characters.length - (characters.length % 4)
  return { bytes: decodeExactly(characters.slice(0, whole), (whole / 4) * 3), rest: characters.slice(whole) }
}

function takePadding(decoder: Decoder, text: string): void {
  if (decoder.padding === '' && decoder.afterBlank) throw new BrokenEncoding('a blank within a line')
  decoder.padding += text.replace(/[ \t\r\n]+/g, '')
  if (!/^={1,2}$/.test(decoder.padding)) throw new BrokenEncoding('data after the padding')
}

function decodeExactly(characters: string, sizeBytes: number): Buffer {
  const bytes = Buffer.from(characters, 'base64')
  if (bytes.length !== sizeBytes || /[-_]/.test(characters))
    throw new BrokenEncoding('characters outside of the alphabet')
  return bytes
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09
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
