import type { Socket } from 'node:net'

/** Thrown to whoever reads when the peer is gone. */
export class SocketGone extends Error {}

/** The bytes of a mail as they came over the line, and un-stuffed. */
interface ReceivedData {
  wire: Buffer
  bytes: Buffer
  sizeBytes: number
}

interface DataOptions {
  keep: boolean
  /** Called as soon as so many bytes have come, once. */
  interrupt?: { afterBytes: number; with: () => Promise<void> }
  /** Called with what there is when the peer goes away before the final dot. */
  onUnfinished: (bytes: Buffer) => void
}

/** Reads SMTP from a socket: command lines, and mails up to their final dot. Bytes are taken apart, never changed. */
export interface SmtpInput {
  readLine(): Promise<string>
  readData(options: DataOptions): Promise<ReceivedData>
  /** Stops reading the socket, for TLS to do so. */
  stop(): void
}

const endOfMail = Buffer.from('\r\n.\r\n')

export function createSmtpInput(socket: Socket): SmtpInput {
  let waiting: Buffer[] = []
  let gone = false
  let wake: (() => void) | undefined

  const onData = (bytes: Buffer) => {
    waiting.push(bytes)
    wake?.()
    // Back-pressure: more only when this has been taken.
    socket.pause()
  }
  const onClose = () => {
    gone = true
    wake?.()
  }
  socket.on('data', onData).on('close', onClose).on('end', onClose)

  const more = async (): Promise<Buffer> => {
    while (waiting.length === 0) {
      if (gone) throw new SocketGone()
      socket.resume()
      await new Promise<void>(resolve => (wake = resolve))
    }
    const bytes = Buffer.concat(waiting)
    waiting = []
    return bytes
  }
  const readLine = async () => {
    let line: Buffer = Buffer.alloc(0)
    for (;;) {
      line = Buffer.concat([line, await more()])
      const end = line.indexOf('\r\n')
      if (end < 0) continue
      waiting = end + 2 < line.length ? [line.subarray(end + 2)] : []
      return line.toString('utf8', 0, end)
    }
  }
  const readData = async (options: DataOptions): Promise<ReceivedData> => {
    const kept: Buffer[] = []
    let sizeBytes = 0
    let interrupt = options.interrupt
    // The line before the first byte of the mail ended with CRLF, too.
    let tail: Buffer = Buffer.from('\r\n')
    for (;;) {
      const bytes = await more().catch((error: unknown) => {
        options.onUnfinished(Buffer.concat(kept))
        throw error
      })
      // Only the seam needs putting together: the mail's end can begin in what came before.
      const seam = Buffer.concat([tail, bytes.subarray(0, 4)])
      const inSeam = seam.indexOf(endOfMail)
      const found = inSeam >= 0 ? inSeam - tail.length : bytes.indexOf(endOfMail)
      const ended = inSeam >= 0 || found >= 0
      // The CRLF before the final dot belongs to the mail.
      const taken = ended ? bytes.subarray(0, Math.max(0, found + 2)) : bytes
      // Bytes already kept of the end itself (".", ".\r") are cut off below.
      const surplus = ended && found + 2 < 0 ? -(found + 2) : 0
      sizeBytes += taken.length - surplus
      if (options.keep) kept.push(taken)
      if (ended) {
        const after = bytes.subarray(found + endOfMail.length)
        waiting = after.length > 0 ? [after] : []
        const all = Buffer.concat(kept)
        const wire = all.subarray(0, all.length - surplus)
        return { wire, bytes: unstuff(wire), sizeBytes }
      }
      tail = Buffer.concat([tail, bytes.subarray(-4)]).subarray(-4)
      if (interrupt && sizeBytes >= interrupt.afterBytes) {
        const { with: act } = interrupt
        interrupt = undefined
        options.onUnfinished(Buffer.concat(kept))
        await act()
      }
    }
  }
  return { readLine, readData, stop: () => void socket.off('data', onData).off('close', onClose).off('end', onClose) }
}

/** RFC 5321 section 4.5.2: a dot at the beginning of a line (after CRLF) is removed. */
function unstuff(wire: Buffer): Buffer {
  const text = wire.toString('latin1')
  return Buffer.from(text.replace(/^\./, '').replaceAll('\r\n.', '\r\n'), 'latin1')
}
