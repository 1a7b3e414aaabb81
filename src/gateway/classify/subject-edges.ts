import type { Bracket } from './brackets.ts'
import { isBlank } from './spelling.ts'

/** The brackets at the edges of a subject, where a mark may stand, and what is left between them. */
export interface Edges {
  brackets: Set<Bracket>
  /** The text between the edges, [coreStart, coreEnd). */
  coreStart: number
  coreEnd: number
}

// Replies and forwards, with their counters (`Re[2]:`), as clients in these parts of the world write them.
const reply = /(?:re|sv|svar|fw|fwd|vb|aw|wg|antw|ang|vs|vl|tr)(?:\s?[[(]\d{1,4}[\])])?\s?[:：]/iuy

/** Walks from both ends of a subject over reply prefixes, brackets of any content and a little punctuation. */
export function findEdges(text: string, pairs: Bracket[]): Edges {
  const closed = pairs.filter(pair => pair.closed)
  const byStart = new Map(closed.map(pair => [pair.start, pair]))
  const byEnd = new Map(closed.map(pair => [pair.end, pair]))
  const brackets = new Set<Bracket>()

  let coreStart = 0
  for (let next: number | undefined = 0; next !== undefined;) {
    coreStart = next
    while (coreStart < text.length && isPassed(text[coreStart]!, '-–—:,;')) coreStart += 1
    const pair = byStart.get(coreStart)
    if (pair) brackets.add(pair)
    next = pair?.end ?? endOfReply(text, coreStart)
  }
  let coreEnd = text.length
  for (let next: number | undefined = coreEnd; next !== undefined;) {
    coreEnd = next
    while (coreEnd > coreStart && isPassed(text[coreEnd - 1]!, '.!?…-–—:,;')) coreEnd -= 1
    const pair = byEnd.get(coreEnd)
    if (pair) brackets.add(pair)
    next = pair?.start
  }
  return { brackets, coreStart, coreEnd: Math.max(coreStart, coreEnd) }
}

function isPassed(character: string, punctuation: string): boolean {
  return punctuation.includes(character) || isBlank(character)
}

function endOfReply(text: string, at: number): number | undefined {
  reply.lastIndex = at
  return reply.test(text) ? reply.lastIndex : undefined
}
