import type { ByteRange } from '#model.ts'

/** How much of a mail is in memory at a time, unless the reader says otherwise. */
const defaultBlockBytes = 256 * 1024

/** A received mail at rest: any bytes of it, any number of times. A range must lie within the mail. */
export interface MailSource {
  sizeBytes: number
  /**
   * All bytes of a range, in memory: for short ranges. May use `memory`, where it has room for them, which is what was read
   * before into the same place.
   */
  read(range: ByteRange, memory?: Buffer): Promise<Buffer>
  /** The bytes of a range in order, in blocks that nobody else writes to. */
  stream(range: ByteRange, blockBytes?: number): AsyncIterable<Buffer>
  /** The same, for whoever is done with a block when asking for the next: its memory is used again. */
  blocks(range: ByteRange): AsyncIterable<Buffer>
}

/** A mail that is in memory. */
export function mailFromBuffer(mail: Buffer): MailSource {
  return makeSource(mail.length, async range => mail.subarray(range.start, range.end))
}

/** An open file: a `FileHandle`, or whatever reads like one. */
interface ReadableFile {
  read(memory: Buffer, offset: number, length: number, position: number): Promise<{ bytesRead: number }>
}

/** A mail in a file, which stays open and unchanged for as long as the source is used. Reads by position. */
export function mailFromFile(file: ReadableFile, sizeBytes: number): MailSource {
  return makeSource(sizeBytes, async (range, memory) => {
    const length = range.end - range.start
    const bytes = memory && memory.length >= length ? memory.subarray(0, length) : Buffer.allocUnsafe(length)
    for (let filled = 0; filled < bytes.length;) {
      const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, range.start + filled)
      if (bytesRead === 0) throw new Error('the file with the mail ends before the mail does')
      filled += bytesRead
    }
    return bytes
  })
}

/** A mail of which any range can be read, into the memory that is given or other; checks the ranges. */
export function makeSource(sizeBytes: number, read: MailSource['read']): MailSource {
  async function* stream(range: ByteRange, blockBytes: number, reuse: boolean) {
    const { start, end } = within(range, sizeBytes)
    let memory: Buffer | undefined
    for (let at = start; at < end; at += blockBytes) {
      const block = await read({ start: at, end: Math.min(at + blockBytes, end) }, memory)
      // The first block is the largest.
      if (reuse) memory ??= block
      yield block
    }
  }
  return {
    sizeBytes,
    read: async (range, memory) => read(within(range, sizeBytes), memory),
    stream: (range, blockBytes = defaultBlockBytes) => stream(range, blockBytes, false),
    blocks: range => stream(range, defaultBlockBytes, true),
  }
}

function within(range: ByteRange, sizeBytes: number): ByteRange {
  if (range.start < 0 || range.end > sizeBytes || range.start > range.end) {
    throw new RangeError(`the range ${range.start} to ${range.end} is not within a mail of ${sizeBytes} bytes`)
  }
  return range
}
