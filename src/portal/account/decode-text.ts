import { isUtf8 } from 'node:buffer'

/** Bytes as text in this charset; null where there is no such charset. */
export function decodeAs(charset: string, bytes: Uint8Array): string | null {
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/**
 * The text of a file of which nobody says the charset: UTF-16 where it begins so, UTF-8 where it can be that, else
 * windows-1252, in which older programs in Western Europe write. Without a byte order mark.
 */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  // An error for each value that is not UTF-8 would cost more than all of the reading.
  return new TextDecoder(isUtf8(bytes) ? 'utf-8' : 'windows-1252').decode(bytes)
}
