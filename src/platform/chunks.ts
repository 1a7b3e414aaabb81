import { Readable } from 'node:stream'

/**
 * Bytes as they come, for one reader. Each chunk is valid until the next one is asked for, if its maker promises no more.
 * Destroying them frees what is open at once, also while nothing arrives. A `Readable` is such.
 */
export interface Chunks extends AsyncIterable<Buffer> {
  destroy(reason?: Error): unknown
}

/** Chunks that a function reads: `null` is their end. No generator, whose end would wait for what it is waiting for. */
export function chunksFrom(read: () => Promise<Buffer | null>, destroy: () => void): Chunks {
  const next = async (): Promise<IteratorResult<Buffer, undefined>> => {
    const chunk = await read()
    return chunk === null ? { done: true, value: undefined } : { done: false, value: chunk }
  }
  return { [Symbol.asyncIterator]: () => ({ next }), destroy }
}

/** How to read chunks one by one; `null` is their end. */
export function readerOf(chunks: AsyncIterable<Buffer>): () => Promise<Buffer | null> {
  const iterator = chunks[Symbol.asyncIterator]()
  return async () => {
    const next = await iterator.next()
    return next.done ? null : next.value
  }
}

/** The same bytes for those who keep what they get. Destroying the stream destroys the chunks. */
export function streamOf(chunks: Chunks): Readable {
  const pieceBytes = 64 * 1024
  const read = readerOf(chunks)
  return new Readable({
    highWaterMark: 1,
    read() {
      read().then(
        chunk => {
          if (!chunk) return void this.push(null)
          for (let at = 0; at < chunk.length; at += pieceBytes) {
            this.push(Buffer.from(chunk.subarray(at, at + pieceBytes)))
          }
        },
        (error: Error) => this.destroy(error),
      )
    },
    destroy(error, done) {
      chunks.destroy()
      done(error)
    },
  })
}

/** The same bytes. If they are not as many as were promised, `wrong` makes the error from how many there were, or are so far. */
export async function* exactly(
  chunks: AsyncIterable<Buffer>,
  promisedBytes: number,
  wrong: (bytes: number) => Error,
): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > promisedBytes) break
    yield chunk
  }
  if (bytes !== promisedBytes) throw wrong(bytes)
}

/** The same chunks, of which the first is here already. If it cannot be had, they are destroyed, and the reason is thrown. */
export async function begun(chunks: Chunks): Promise<Chunks> {
  const read = readerOf(chunks)
  try {
    const ahead = [await read()]
    return chunksFrom(
      async () => (ahead.length > 0 ? ahead.pop()! : read()),
      () => void chunks.destroy(),
    )
  } catch (error) {
    chunks.destroy()
    throw error
  }
}
