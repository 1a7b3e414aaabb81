import { judgeBracket } from './judge-bracket.ts'
import type { Keywords } from './keywords.ts'
import { nearMiss } from './near-miss.ts'
import { parseOptions } from './parse-options.ts'
import type { Edges } from './subject-edges.ts'

// 8 and 9 are the keys of [ and ] on a Swedish keyboard; with Shift they give ( and ). Quotation marks, of which
// Unicode counts some among the brackets, stand around words for many reasons.
const opening = /^(?:[<«‹8]|(?![[‚„〝⹂])\p{Ps})$/u
const closing = /^(?:[>»›9]|(?![\]〞〟])\p{Pe})$/u
const longestTag = 200

/** Refuses a mark that is written in other brackets at an edge: `(secure) Hello`, `Hello {säker, max 1}`. */
export function refuseOtherBrackets(text: string, { coreStart, coreEnd }: Edges, keywords: Keywords): void {
  const core = text.slice(coreStart, coreEnd)
  const head = core.slice(0, longestTag)
  if (opening.test(head.slice(0, 1))) {
    let end = 1
    while (end < head.length && !closing.test(head[end]!)) end += 1
    refuse(head, 0, end, keywords)
  }
  const tail = core.slice(-longestTag)
  if (closing.test(tail.slice(-1))) {
    let start = tail.length - 2
    while (start >= 0 && !opening.test(tail[start]!)) start -= 1
    refuse(tail, start, tail.length - 1, keywords)
  }
}

function refuse(text: string, start: number, end: number, keywords: Keywords): void {
  if (start < 0 || end >= text.length) return
  const content = text.slice(start + 1, end)
  const verdict = judgeBracket(content, keywords)
  // With more words than a mark can have, it is a remark in the sentence: `(saker att ta med)`.
  const meant = verdict.is === 'mark' ? isMark(verdict.options) : verdict.is === 'nearly' && !/\s/.test(content.trim())
  if (!meant || keywords.isException(content.trim().toLowerCase())) return
  throw nearMiss(text.slice(start, end + 1), verdict.is === 'nearly' ? verdict.meant : `[${content.trim()}]`, keywords)
}

function isMark(options: string): boolean {
  const { known, problem } = parseOptions(options)
  return known || problem === null
}
