import { Failure } from '#failure.ts'
import type { Chunks } from '#platform/chunks.ts'
import { watchMail } from './line-endings.ts'

/** A mail while it comes in. */
export interface ArrivingMail {
  /** With its blank line, where it has one. */
  headerSection: Buffer
  /** The whole mail from its first byte, each chunk once. Destroying them only ends the waiting for more. */
  bytes(): Chunks
}

interface Limits {
  mailBytes: number
  /** Throws where there is no room for a header section of so many bytes. */
  makeRoom?: (headerBytes: number) => void
}

/** The next chunk, undefined at the end. */
type ReadChunk = () => Promise<Buffer | undefined>

const maxHeaderBytes = 1024 ** 2
const maxHeldChunks = 1024

/**
 * Reads a mail up to the end of its header section. Throws a `Failure` where that is too big, a line ending
 * is broken; throws the stream's own error where it fails, as when its client goes away or is too slow.
 */
export async function readArrivingMail(stream: Chunks, limits: Limits): Promise<ArrivingMail> {
  const readChunk = readWatched(stream, limits.mailBytes)
  const held: Buffer[] = []
  const findEnd = searchBlankLine()
  let heldBytes = 0
  let headerEnd: number | undefined
  while (headerEnd === undefined) {
    const chunk = await readChunk()
    if (!chunk) break
    headerEnd = findEnd(chunk)
    held.push(chunk)
    heldBytes += chunk.length
    if (headerEnd === undefined && heldBytes > maxHeaderBytes) throw new Failure('HEADER_TOO_BIG')
    limits.makeRoom?.(heldBytes)
    // Many tiny chunks cost more memory than their bytes.
    if (held.length > maxHeldChunks) held.splice(0, held.length, Buffer.concat(held))
  }
  const headerSection = (held.length === 1 ? held[0]! : Buffer.concat(held)).subarray(0, headerEnd ?? heldBytes)
  return { headerSection, bytes: () => joined(held, readChunk) }
}

function readWatched(stream: Chunks, mailBytes: number): ReadChunk {
  const chunks = stream[Symbol.asyncIterator]()
  const watch = watchMail(mailBytes)
  return async () => {
    const next = await chunks.next()
    return next.done ? undefined : watch(next.value)
  }
}

/** Finds where the header section ends: after a CRLF after a CRLF; the start of the mail counts as one. */
function searchBlankLine(): (chunk: Buffer) => number | undefined {
  let seenBytes = 0
  let tail: Buffer = Buffer.from('\r\n')
  return chunk => {
    // Only the new bytes are searched.
    const window = Buffer.concat([tail, chunk])
    const at = window.indexOf('\r\n\r\n')
    const before = seenBytes - tail.length
    seenBytes += chunk.length
    tail = window.subarray(-3)
    return at === -1 ? undefined : before + at + 4
  }
}

const done: IteratorResult<Buffer> = { done: true, value: undefined }

function joined(held: Buffer[], readChunk: ReadChunk): Chunks {
  let destroyed = false
  let stopWaiting = () => undefined as void
  const next = async (): Promise<IteratorResult<Buffer>> => {
    const first = held.shift()
    if (destroyed) return done
    if (first) return { done: false, value: first }
    return new Promise((resolve, reject) => {
      stopWaiting = () => resolve(done)
      readChunk().then(chunk => resolve(chunk ? { done: false, value: chunk } : done), reject)
    })
  }
  return {
    [Symbol.asyncIterator]: () => ({ next }),
    destroy: () => {
      destroyed = true
      stopWaiting()
    },
  }
}
