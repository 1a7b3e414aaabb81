import type { BodyCharset } from '#gateway/plan/body-charset.ts'

/** Decoded bytes of a text as characters that tags can be found in: one byte for each unit of the charset. */
export interface TextUnits {
  /** Bytes in a unit. */
  size: 1 | 2
  write(bytes: Buffer): Buffer
}

const escape = 0x1b
const byteOrderMark = 0xfeff
/** Stands for characters that are not ASCII; never part of a tag. */
const other = 0x1a

/** A reader for a charset; `bigEndian` counts for UTF-16 only. */
export function textUnits(family: BodyCharset['family'], bigEndian: boolean): TextUnits {
  if (family === 'utf-16') return wideUnits(bigEndian)
  if (family === 'escapes') return unescapedUnits()
  return { size: 1, write: bytes => bytes }
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
  }
}

/** ISO 2022: between an escape sequence for another set and the one back to ASCII, bytes only look like ASCII. */
function unescapedUnits(): TextUnits {
  let sequence = ''
  let ascii = true
  return {
    size: 1,
    write(bytes) {
      const units = Buffer.from(bytes)
      for (let at = 0; at < units.length; at += 1) {
        if (units[at] === escape) sequence = 'ESC'
        else if (sequence !== '') {
          sequence += String.fromCharCode(units[at]!)
          // The last character of a sequence is a letter or the like: ESC ( B, ESC $ B, ESC $ ( D.
          if (units[at]! >= 0x40) {
            ascii = /^ESC\([BJ]$/.test(sequence)
            sequence = ''
            units[at] = other
            continue
          }
        }
        if (!ascii || sequence !== '') units[at] = other
      }
      return units
    },
  }
}
