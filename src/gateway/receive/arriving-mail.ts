import type { Readable } from 'node:stream'
import { Failure } from '#failure.ts'
import { watchMail } from './line-endings.ts'

/** A mail while it comes in over DATA. */
export interface ArrivingMail {
  /** With its blank line, where it has one. */
  headerSection: Buffer
  /** The whole mail from its first byte, each chunk once. */
  bytes(): AsyncGenerator<Buffer>
  /** Reads and forgets what is left, so that the client can be answered. Never throws. */
  drain(): Promise<void>
}

interface Limits {
  mailBytes: number
  mailSeconds: number
}

const maxHeaderBytes = 1024 ** 2
const maxHeldChunks = 1024

/**
 * Reads a mail up to the end of its header section. Throws a `Failure` where that is too big, a line ending
 * is broken, or the client is too slow; throws the stream's error where the client went away.
 */
export async function readArrivingMail(stream: Readable, limits: Limits): Promise<ArrivingMail> {
  const timer = setTimeout(() => stream.destroy(new Failure('TOO_SLOW')), limits.mailSeconds * 1000)
  stream.once('close', () => clearTimeout(timer))
  const chunks = stream.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>
  const watch = watchMail(limits.mailBytes)
  const held: Buffer[] = []
  const progress = { heldBytes: 0, ended: false }

  /** Holds the next chunk, and returns it. */
  const readOne = async (): Promise<Buffer | undefined> => {
    const next = await chunks.next()
    if (next.done) {
      progress.ended = true
      return undefined
    }
    held.push(watch(next.value))
    progress.heldBytes += next.value.length
    // Many tiny chunks cost more memory than their bytes.
    if (held.length > maxHeldChunks) held.splice(0, held.length, Buffer.concat(held))
    return next.value
  }
  const drain = async () => {
    try {
      while (!progress.ended) progress.ended = (await chunks.next()).done === true
    } catch {
      progress.ended = true // The client went away: there is nobody left to answer.
    }
  }

  let headerEnd = -1
  // The blank line is a CRLF after a CRLF; the start of the mail counts as one. Only the new bytes are searched.
  let tail: Buffer = Buffer.from('\r\n')
  try {
    while (headerEnd === -1 && !progress.ended) {
      const before = progress.heldBytes
      const chunk = await readOne()
      if (!chunk) continue
      const window = Buffer.concat([tail, chunk])
      const at = window.indexOf('\r\n\r\n')
      if (at !== -1) headerEnd = before - tail.length + at + 4
      else if (progress.heldBytes > maxHeaderBytes) throw new Failure('HEADER_TOO_BIG')
      tail = window.subarray(-3)
    }
  } catch (error) {
    await drain()
    throw error
  }
  return {
    headerSection: Buffer.concat(held).subarray(0, headerEnd === -1 ? progress.heldBytes : headerEnd),
    drain,
    async *bytes() {
      while (true) {
        while (held.length > 0) yield held.shift()!
        if (progress.ended) return
        await readOne()
      }
    },
  }
}
