import { Readable } from 'node:stream'

/** Bytes that are read into memory of whoever asks for them: nothing is copied, and nothing is read ahead. */
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

/** Stretches of bytes, one after the other. */
export interface Stretches {
  /** The next one, never an empty one, or null at the end. Its memory is used again: it is good until the next one is asked for. */
  next(): Promise<Buffer | null>
  /** Frees what is open, at once, also while nothing arrives: then `next` fails or never comes back. */
  close(): void
}

/** The same as a stream, for those who keep what they get. Destroying it closes the stretches. */
export function streamOf(stretches: Stretches): Readable {
  const pieceBytes = 64 * 1024
  return new Readable({
    highWaterMark: 1,
    read() {
      stretches.next().then(
        stretch => {
          if (!stretch) return void this.push(null)
          for (let at = 0; at < stretch.length; at += pieceBytes) {
            this.push(Buffer.from(stretch.subarray(at, at + pieceBytes)))
          }
        },
        (error: Error) => this.destroy(error),
      )
    },
    destroy(error, done) {
      stretches.close()
      done(error)
    },
  })
}
