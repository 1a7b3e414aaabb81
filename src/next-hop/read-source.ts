import { Readable } from 'node:stream'
import type { Chunks } from '#platform/chunks.ts'

/**
 * Hands every chunk of a mail to `take`, one at a time. Resolves only if the source ended of itself, with a
 * CRLF or empty. A source that fails rejects with its own error; whatever `take`
 * throws is thrown on; both leave the source destroyed. A mail that is not whole is our bug: a plain `Error`.
 */
export async function readSource(source: Chunks, take: (chunk: Buffer) => Promise<void>): Promise<void> {
  let tail = ''
  for await (const given of source) {
    // A `Readable` may give text.
    const chunk: Buffer = Buffer.isBuffer(given) ? given : Buffer.from(given)
    if (chunk.length === 0) continue
    tail = (tail + chunk.toString('latin1', Math.max(0, chunk.length - 2))).slice(-2)
    await take(chunk)
  }
  if (tail !== '' && tail !== '\r\n') throw new Error('The mail does not end with CRLF.')
}

/**
 * A source that fails while nobody reads it yet must not end the process; `readSource` asks it for its error later.
 * Returns how to end that, for a source that will not be read.
 */
export function keepQuiet(source: Chunks): () => void {
  if (!(source instanceof Readable)) return () => undefined
  const ignore = () => undefined
  source.on('error', ignore)
  return () => void source.off('error', ignore)
}
