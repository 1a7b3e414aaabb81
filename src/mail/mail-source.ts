import type { FileHandle } from 'node:fs/promises'
import type { ByteRange } from '#model.ts'

/** How much of a mail is in memory at a time, unless the reader says otherwise. */
const defaultBlockBytes = 256 * 1024

/** A received mail at rest: any bytes of it, any number of times. A range must lie within the mail. */
export interface MailSource {
  sizeBytes: number
  /** All bytes of a range, in memory: for short ranges. */
  read(range: ByteRange): Promise<Buffer>
  /** The bytes of a range in order, in blocks that nobody else writes to. */
  stream(range: ByteRange, blockBytes?: number): AsyncIterable<Buffer>
}

/** A mail that is in memory. */
export function mailFromBuffer(mail: Buffer): MailSource {
  return makeSource(mail.length, async range => mail.subarray(range.start, range.end))
}

/** A mail in a file, which stays open and unchanged for as long as the source is used. Reads by position. */
export function mailFromFile(file: FileHandle, sizeBytes: number): MailSource {
  return makeSource(sizeBytes, async range => {
    const bytes = Buffer.allocUnsafe(range.end - range.start)
    for (let filled = 0; filled < bytes.length;) {
      const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, range.start + filled)
      if (bytesRead === 0) throw new Error('the file with the mail ends before the mail does')
      filled += bytesRead
    }
    return bytes
  })
}

/** A mail of which any range can be read; checks the ranges. */
export function makeSource(sizeBytes: number, read: MailSource['read']): MailSource {
  return {
    sizeBytes,
    async read(range) {
      return read(within(range, sizeBytes))
    },
    async *stream(range, blockBytes = defaultBlockBytes) {
      const { start, end } = within(range, sizeBytes)
      for (let at = start; at < end; at += blockBytes) {
        yield await read({ start: at, end: Math.min(at + blockBytes, end) })
      }
    },
  }
}

function within(range: ByteRange, sizeBytes: number): ByteRange {
  if (range.start < 0 || range.end > sizeBytes || range.start > range.end) {
    throw new RangeError(`the range ${range.start} to ${range.end} is not within a mail of ${sizeBytes} bytes`)
  }
  return range
}
