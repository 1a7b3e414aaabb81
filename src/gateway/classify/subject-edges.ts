import type { Bracket } from './brackets.ts'
import { replyPrefix } from './reply-prefixes.ts'
import { isBlank } from './spelling.ts'

/** The brackets at the edges of a subject, where a mark may stand, and what is left between them. */
export interface Edges {
  brackets: Set<Bracket>
  /** The text between the edges, [coreStart, coreEnd). */
  coreStart: number
  coreEnd: number
  /** Where the first prefix of a reply or forward ends; Infinity if there is none. */
  replyEnd: number
}

/** Walks from both ends of a subject over reply prefixes, brackets of any content and a little punctuation. */
export function findEdges(text: string, pairs: Bracket[]): Edges {
  const closed = pairs.filter(pair => pair.closed)
  const byEnd = new Map(closed.map(pair => [pair.end, pair]))
  const { brackets, coreStart, replyEnd } = findStart(text, new Map(closed.map(pair => [pair.start, pair])))
  let coreEnd = text.length
  for (let next: number | undefined = coreEnd; next !== undefined;) {
    coreEnd = next
    while (coreEnd > coreStart && isPassed(text[coreEnd - 1]!, '.!?…-–—:,;')) coreEnd -= 1
    const pair = byEnd.get(coreEnd)
    if (pair) brackets.add(pair)
    next = pair?.start
  }
  return { brackets, coreStart, coreEnd: Math.max(coreStart, coreEnd), replyEnd }
}

function findStart(text: string, byStart: Map<number, Bracket>): Omit<Edges, 'coreEnd'> {
  const brackets = new Set<Bracket>()
  let coreStart = 0
  let replyEnd = Infinity
  for (;;) {
    while (coreStart < text.length && isPassed(text[coreStart]!, '-–—:,;')) coreStart += 1
    const pair = byStart.get(coreStart)
    const afterReply = pair ? undefined : endOfReply(text, coreStart)
    if (pair) brackets.add(pair)
    const next = pair?.end ?? afterReply
    if (next === undefined) return { brackets, coreStart, replyEnd }
    replyEnd = Math.min(replyEnd, afterReply ?? Infinity)
    coreStart = next
  }
}

function isPassed(character: string, punctuation: string): boolean {
  return punctuation.includes(character) || isBlank(character)
}

function endOfReply(text: string, at: number): number | undefined {
  replyPrefix.lastIndex = at
  return replyPrefix.test(text) ? replyPrefix.lastIndex : undefined
}
