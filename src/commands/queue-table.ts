import type { QueueEntry } from '#database/queue.ts'
import { plainWords } from '#texts/plain-words.ts'

/** As much of an id as is shown, and enough to name it by. */
const idLength = 8
const least = 60

/** The lines above the entries. */
export function queueHead(columns: number): string {
  return row(['Id', 'Message', 'Age', 'Tries', 'Next try', 'Recipient'], columns)
}

/** One entry: a line of facts, and below it what the next hop said last. No line is longer than `columns` (at least 60). */
export function queueLines(entry: QueueEntry, columns: number, now: Date): string[] {
  const { id, messageId, createdAt, attempts, recipient, lastReply } = entry
  const facts = [
    id.slice(0, idLength),
    messageId?.slice(0, idLength) ?? 'notice',
    span(now.getTime() - createdAt.getTime()),
    String(attempts),
    nextTry(entry, now),
    plainWords(recipient),
  ]
  const width = Math.max(columns, least) - idLength - 2
  const reply = lastReply === null ? [] : cut(plainWords(lastReply), width)
  return [row(facts, columns), ...reply.map(line => `${' '.repeat(idLength + 2)}${line}`)]
}

function nextTry({ beingSent, nextAttemptAt }: QueueEntry, now: Date): string {
  if (beingSent) return 'running'
  const left = nextAttemptAt.getTime() - now.getTime()
  return left <= 0 ? 'now' : `in ${span(left)}`
}

function row(cells: string[], columns: number): string {
  const widths = [idLength, idLength, 6, 5, 9]
  const start = widths.map((width, index) => (cells[index] ?? '').padEnd(width)).join('  ')
  const left = Math.max(columns, least) - start.length - 2
  const last = cells[widths.length] ?? ''
  return `${start}  ${last.length > left ? `${last.slice(0, left - 1)}…` : last}`
}

/** `45 s`, `12 min`, `5 h`, `3 d`: whole units, for a column. */
function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  if (seconds < 100) return `${seconds} s`
  if (seconds < 6000) return `${Math.round(seconds / 60)} min`
  if (seconds < 360_000) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} d`
}

const mostLines = 3

/** Broken between words where it can be; what is beyond three lines is left out. */
function cut(text: string, width: number): string[] {
  const lines = text.match(new RegExp(`\\S.{0,${width - 2}}(?=\\s|$)|\\S{1,${width - 1}}`, 'gu')) ?? []
  return lines.length <= mostLines ? lines : [...lines.slice(0, mostLines - 1), `${lines[mostLines - 1]}…`]
}
