import type { Readable } from 'node:stream'

/**
 * An object of the storage as it is read: into memory of the one who asks, so that nothing is copied, and nothing is read
 * ahead. Only this folder knows it; everybody else gets `Chunks`.
 */
export interface ByteSource {
  /** Fills the memory from its start, and returns how much of it: less than the whole only at the end. */
  fill(memory: Buffer): Promise<number>
  /** Frees what is open, at once. What is being read may still come; asking for more fails. */
  close(): void
}

/** The same bytes as the stream's. */
export function readInto(stream: Readable): ByteSource {
  const chunks = stream.iterator() as AsyncIterator<Buffer>
  let rest: Buffer = Buffer.alloc(0)
  return {
    async fill(memory) {
      let filled = 0
      while (filled < memory.length) {
        if (rest.length === 0) {
          const { value, done } = await chunks.next()
          if (done) break
          rest = value
        }
        const copied = rest.copy(memory, filled)
        rest = rest.subarray(copied)
        filled += copied
      }
      return filled
    },
    close: () => void stream.destroy(),
  }
}
