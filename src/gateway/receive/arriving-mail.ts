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
  let heldBytes = 0
  let ended = false

  const readOne = async () => {
    const next = await chunks.next()
    if (next.done) {
      ended = true
      return
    }
    held.push(watch(next.value))
    heldBytes += next.value.length
  }
  const drain = async () => {
    try {
      while (!ended) ended = (await chunks.next()).done === true
    } catch {
      ended = true // The client went away: there is nobody left to answer.
    }
  }

  let headerEnd = -1
  // The blank line is a CRLF after a CRLF; the start of the mail counts as one. Only the new bytes are searched.
  let tail: Buffer = Buffer.from('\r\n')
  try {
    while (headerEnd === -1 && !ended) {
      const before = heldBytes
      await readOne()
      if (heldBytes === before) continue
      const window = Buffer.concat([tail, held.at(-1)!])
      const at = window.indexOf('\r\n\r\n')
      if (at !== -1) headerEnd = before - tail.length + at + 4
      else if (heldBytes > maxHeaderBytes) throw new Failure('HEADER_TOO_BIG')
      tail = window.subarray(-3)
    }
  } catch (error) {
    await drain()
    throw error
  }
  return {
    headerSection: Buffer.concat(held).subarray(0, headerEnd === -1 ? heldBytes : headerEnd),
    drain,
    async *bytes() {
      while (true) {
        while (held.length > 0) yield held.shift()!
        if (ended) return
        await readOne()
      }
    },
  }
}
