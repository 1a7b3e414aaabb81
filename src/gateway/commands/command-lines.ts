import type { Wire } from '#gateway/accept/connection.ts'

/** RFC 4954 section 4: a line of AUTH may have 12,288 octets. All others are shorter. */
const maxLineBytes = 16 * 1024
/** What a client may say before its turn. */
const maxAheadBytes = 64 * 1024
const LF = 0x0a

/** Thrown where a command does not end. */
export class LineTooLong extends Error {}

/** What a client says, line by line. */
export interface CommandLines {
  /** The next line without its end, read as UTF-8; undefined once the client has gone. Throws `LineTooLong`. */
  next(): Promise<string | undefined>
  /** Hands over what was said after the last line. Somebody else is to listen now. */
  leave(): Buffer
  /** Listens again; these bytes come first. */
  resume(bytes: Buffer): void
  /** To be called when the client has gone. */
  end(): void
}

/** `onIdle` is called when the client says nothing for the idle time. */
export function readCommandLines(wire: Wire, onIdle: () => void): CommandLines {
  let ahead: Buffer = Buffer.alloc(0)
  let wake: (() => void) | undefined
  let ended = false

  const happened = () => {
    wake?.()
    wake = undefined
  }
  const onBytes = (chunk: Buffer) => {
    ahead = ahead.length === 0 ? chunk : Buffer.concat([ahead, chunk])
    if (wake) happened()
    else if (ahead.length > maxAheadBytes) wire.pause()
  }
  const take = () => {
    const end = ahead.indexOf(LF)
    if ((end === -1 ? ahead.length : end) > maxLineBytes) throw new LineTooLong()
    if (end === -1) return undefined
    const line = ahead.toString('utf8', 0, end > 0 && ahead[end - 1] === 0x0d ? end - 1 : end)
    ahead = ahead.subarray(end + 1)
    return line
  }
  return {
    next: async () => {
      for (;;) {
        if (ended) return undefined
        const line = take()
        if (line !== undefined) return line
        wire.resume()
        await new Promise<void>(resolve => (wake = resolve))
      }
    },
    leave: () => {
      const bytes = ahead
      ahead = Buffer.alloc(0)
      return bytes
    },
    resume: bytes => {
      ahead = bytes
      wire.listen({ onBytes, onIdle: () => wake && onIdle() })
    },
    end: () => {
      ended = true
      happened()
    },
  }
}
