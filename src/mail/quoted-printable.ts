import { BrokenEncoding } from './broken-encoding.ts'
import type { ByteRange } from '#model.ts'
import type { MailSource } from './mail-source.ts'

// Character codes.
const tab = 0x09
const lineFeed = 0x0a
const carriageReturn = 0x0d
const space = 0x20
const equals = 0x3d

/** Lines are 76 characters long at most; so many blanks in a row are no text but an attack on memory. */
const maxBlanks = 1000

/** What stands between two blocks. */
interface Decoder {
  expecting: 'text' | 'hex' | 'second hex' | 'end of soft break' | 'line feed' | 'line feed of soft break'
  /** Blanks that are part of the text unless a line end follows (RFC 2045 section 6.7 rule 3). */
  blanks: number[]
  high: number
}

/** Decodes quoted-printable (RFC 2045 section 6.7) strictly; throws `BrokenEncoding` otherwise. */
export async function* decodeQuotedPrintable(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const decoder: Decoder = { expecting: 'text', blanks: [], high: 0 }
  for await (const block of blocks) {
    const { bytes } = decode(decoder, block, Infinity)
    if (bytes.length > 0) yield bytes
  }
  // A soft break may stand at the very end: its CRLF then belongs to the boundary line.
  if (decoder.expecting === 'second hex' || decoder.expecting.startsWith('line feed'))
    throw new BrokenEncoding('the end is missing')
}

/**
 * Offset in the mail where the encoding of the decoded byte number `decoded` starts; or, where it is the
 * number of decoded bytes, where the last of them ends. Not for a place between the two bytes of a line end.
 */
export async function findQuotedPrintableByte(source: MailSource, range: ByteRange, decoded: number): Promise<number> {
  const decoder: Decoder = { expecting: 'text', blanks: [], high: 0 }
  let offset = range.start
  let left = decoded
  if (left === 0) return offset
  for await (const block of source.stream(range)) {
    const { bytes, consumed } = decode(decoder, block, left)
    offset += consumed
    left -= bytes.length
    if (left === 0) return offset
  }
  throw new RangeError('the part does not have that many bytes')
}

/** Decodes a block, or as much of it as makes `wanted` bytes. */
function decode(decoder: Decoder, block: Buffer, wanted: number): { bytes: Buffer; consumed: number } {
  // A line end of two bytes may come out for a line feed whose carriage return was in the block before.
  const out = Buffer.allocUnsafe(block.length + decoder.blanks.length + 1)
  let size = 0
  let at = 0
  for (; at < block.length && size < wanted; at += 1) {
    const byte = block[at]!
    if (decoder.blanks.length > 0 && !isBlank(byte) && byte !== carriageReturn) {
      // They were no trailing ones. The byte itself is looked at once more.
      for (const blank of decoder.blanks) out[size++] = blank
      decoder.blanks = []
      at -= 1
    } else if (decoder.expecting === 'text' && isPlain(byte)) out[size++] = byte
    else for (const decoded of step(decoder, byte)) out[size++] = decoded
  }
  return { bytes: out.subarray(0, size), consumed: at }
}

const nothing: number[] = []
const lineEnd = [carriageReturn, lineFeed]

/** Takes what is not plain text. Returns the bytes that it completes. */
function step(decoder: Decoder, byte: number): number[] {
  const { expecting } = decoder
  if (expecting === 'text') return stepText(decoder, byte)
  if (expecting === 'line feed' || expecting === 'line feed of soft break') {
    if (byte !== lineFeed) throw new BrokenEncoding('a carriage return alone')
    decoder.expecting = 'text'
    return expecting === 'line feed' ? lineEnd : nothing
  }
  if (expecting === 'second hex') {
    decoder.expecting = 'text'
    return [decoder.high * 16 + hexDigit(byte)]
  }
  if (byte === carriageReturn) decoder.expecting = 'line feed of soft break'
  else if (isBlank(byte)) decoder.expecting = 'end of soft break'
  else if (expecting === 'end of soft break') throw new BrokenEncoding('text after a soft line break')
  else {
    decoder.high = hexDigit(byte)
    decoder.expecting = 'second hex'
  }
  return nothing
}

function stepText(decoder: Decoder, byte: number): number[] {
  if (isBlank(byte)) {
    decoder.blanks.push(byte)
    if (decoder.blanks.length > maxBlanks) throw new BrokenEncoding('a line of blanks')
  } else if (byte === equals) decoder.expecting = 'hex'
  else if (byte === carriageReturn) {
    decoder.blanks = []
    decoder.expecting = 'line feed'
  } else throw new BrokenEncoding('a character that must be encoded')
  return nothing
}

function hexDigit(byte: number): number {
  const digit = parseInt(String.fromCharCode(byte), 16)
  if (Number.isNaN(digit)) throw new BrokenEncoding('an equals sign without two digits')
  return digit
}

/** Stands for itself anywhere on a line. */
function isPlain(byte: number): boolean {
  return byte > space && byte < 0x7f && byte !== equals
}

function isBlank(byte: number): boolean {
  return byte === space || byte === tab
}
