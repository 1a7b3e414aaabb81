import type { MailSource } from '#mail/mail-source.ts'

/** A mail seen through a window that only moves forward, one block at a time. Offsets are the mail's. */
export interface Window {
  /** Of the mail. */
  sizeBytes: number
  /**
   * Offset of the first `needle` at or after `from` that starts before `limit`; -1 where there is none. What
   * lies before `keepFrom` (just before `from`, if not given) is let go of.
   */
  indexOf(needle: string, from: number, options?: { keepFrom?: number; limit?: number }): Promise<number>
  /**
   * The bytes of a range, cut off at the end of the mail; its start must not have been let go of. They are good until the
   * next call: their memory is used again.
   */
  slice(start: number, end: number): Promise<Buffer>
  /** The same, at once, for bytes that are in view; null where some are not. */
  inView(start: number, end: number): Buffer | null
  /** Offset of the first `needle` at or after `from` that is in view; null where none is. */
  findInView(needle: string, from: number): number | null
}

/** How many bytes before the place that is looked at stay in view: a line end. */
const lookBehindBytes = 2

/** Opens the window at the start of the mail. Memory: one block and what the caller keeps. */
export function openWindow(source: MailSource, blockBytes: number): Window {
  let bytes: Buffer = Buffer.alloc(0)
  let memory: Buffer = Buffer.alloc(0)
  let start = 0

  async function loadMore(keepFrom: number): Promise<boolean> {
    const end = start + bytes.length
    if (end === source.sizeBytes) return false
    start = Math.max(start, Math.min(keepFrom, end))
    // What is kept is little: reading it once more costs less than to put two blocks together.
    const range = { start, end: Math.min(end + blockBytes, source.sizeBytes) }
    bytes = await source.read(range, memory)
    if (bytes.length > memory.length) memory = bytes
    return true
  }

  return {
    sizeBytes: source.sizeBytes,
    async indexOf(needle, from, { keepFrom, limit = Infinity } = {}) {
      let next = from
      for (;;) {
        const found = bytes.indexOf(needle, Math.max(0, next - start), 'latin1')
        const at = found === -1 ? -1 : start + found
        if (at !== -1 && at >= next) return at < limit ? at : -1
        next = Math.max(next, start + bytes.length - needle.length + 1)
        if (next >= limit || !(await loadMore(keepFrom ?? next - lookBehindBytes))) return -1
      }
    },
    async slice(from, to) {
      const end = Math.min(to, source.sizeBytes)
      while (start + bytes.length < end && (await loadMore(from - lookBehindBytes)));
      if (from < start) throw new RangeError('these bytes have been let go of')
      return bytes.subarray(from - start, end - start)
    },
    inView: (from, to) => (from < start || to > start + bytes.length ? null : bytes.subarray(from - start, to - start)),
    findInView(needle, from) {
      const found = from < start ? -1 : bytes.indexOf(needle, from - start, 'latin1')
      return found === -1 ? null : start + found
    },
  }
}
