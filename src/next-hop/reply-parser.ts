import type { Reply } from './next-hop.ts'

/** RFC 5321 section 4.5.3.1.5 allows 512; real servers write longer ones. */
const maxLineBytes = 4096
const maxLines = 100

export interface ReplyParser {
  /** Takes bytes as they come. Throws an `Error` when they are no SMTP reply, or an endless one. */
  push(bytes: Buffer): void
  /** Forgets what was begun. */
  reset(): void
}

/**
 * Puts replies together (RFC 5321 section 4.2) and calls `onReply` for each. Texts are UTF-8 (RFC 6531);
 * control characters in them become spaces, because a reply's text is passed on to the sender.
 */
export function createReplyParser(onReply: (reply: Reply) => void): ReplyParser {
  let rest: Buffer = Buffer.alloc(0)
  let lines: string[] = []
  let code: string | undefined

  const takeLine = (line: string) => {
    const match = /^([2-5]\d\d)(?:([ -])([^]*))?$/.exec(line)
    if (!match || (code !== undefined && code !== match[1])) {
      throw new Error(`The answer is not SMTP: ${JSON.stringify(line.slice(0, 100))}`)
    }
    code = match[1]
    lines.push((match[3] ?? '').replace(/[\p{Cc}\u2028\u2029]/gu, ' '))
    if (lines.length > maxLines) throw new Error(`The answer has more than ${maxLines} lines.`)
    if (match[2] === '-') return
    const reply = { code: Number(code), lines }
    lines = []
    code = undefined
    onReply(reply)
  }

  return {
    push: bytes => {
      rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        if (end > maxLineBytes) break
        const line = rest.toString('utf8', 0, end).replace(/\r$/, '')
        rest = rest.subarray(end + 1)
        takeLine(line)
      }
      if (rest.length > maxLineBytes) throw new Error(`The answer has a line of more than ${maxLineBytes} bytes.`)
    },
    reset: () => {
      rest = Buffer.alloc(0)
      lines = []
      code = undefined
    },
  }
}
