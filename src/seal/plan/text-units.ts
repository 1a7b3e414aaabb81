import type { BodyCharset } from './body-charset.ts'

/** Decoded bytes of a text as characters that tags can be found in: one byte for each unit of the charset. */
export interface TextUnits {
  /** Bytes in a unit. */
  size: 1 | 2
  write(bytes: Buffer): Buffer
  /** Whether ASCII can be put behind what was written. */
  endsAscii(): boolean
}

const escape = 0x1b
const shiftOut = 0x0e
const shiftIn = 0x0f
const byteOrderMark = 0xfeff
/** Stands for characters that are not ASCII; never part of a tag. */
const other = 0x1a

/** A reader for a charset; `bigEndian` counts for UTF-16 only. */
export function textUnits(family: BodyCharset['family'], bigEndian: boolean): TextUnits {
  if (family === 'utf-16') return wideUnits(bigEndian)
  if (family === 'escapes') return unescapedUnits()
  return { size: 1, write: bytes => bytes, endsAscii: () => true }
}

function wideUnits(bigEndian: boolean): TextUnits {
  let half: Buffer = Buffer.alloc(0)
  return {
    size: 2,
    write(bytes) {
      const all = half.length === 0 ? bytes : Buffer.concat([half, bytes])
      const units = Buffer.allocUnsafe(all.length >> 1)
      for (let index = 0; index < units.length; index += 1) {
        const unit = bigEndian ? all.readUInt16BE(index * 2) : all.readUInt16LE(index * 2)
        units[index] = unit < 0x80 ? unit : unit === byteOrderMark ? 0x20 : other
      }
      half = all.subarray(units.length * 2)
      return units
    },
    endsAscii: () => half.length === 0,
  }
}

/**
 * ISO 2022: between an escape sequence or a shift for another set and the one back to ASCII, bytes only look like ASCII.
 */
function unescapedUnits(): TextUnits {
  let sequence = ''
  let ascii = true
  let shifted = false

  function step(byte: number): void {
    if (byte === shiftOut) shifted = true
    if (byte === shiftIn) shifted = false
    if (byte === escape) sequence = 'ESC'
    else if (sequence !== '') {
      sequence += String.fromCharCode(byte)
      // The last character of a sequence is a letter or the like: ESC ( B, ESC $ B, ESC $ ( D.
      if (byte < 0x40) return
      // Only a shift brings in what ESC $ ) C and such name.
      if (!/^ESC\$[)*+]/.test(sequence)) ascii = /^ESC\([BJ]$/.test(sequence)
      sequence = ''
    }
  }

  return {
    size: 1,
    write(bytes) {
      const units = Buffer.from(bytes)
      for (let at = 0; at < units.length; at += 1) {
        const inSequence = sequence !== ''
        step(bytes[at]!)
        if (!ascii || shifted || inSequence || sequence !== '') units[at] = other
      }
      return units
    },
    endsAscii: () => ascii && !shifted && sequence === '',
  }
}
