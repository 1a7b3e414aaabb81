import type { Choice, OptionName } from '#options/option-records.ts'
import { Failure } from '#failure.ts'
import { closing, findBrackets, type Bracket } from './brackets.ts'
import { judgeBracket, type Verdict } from './judge-bracket.ts'
import type { Keywords } from './keywords.ts'
import { refuseOtherBrackets } from './other-brackets.ts'
import { aboutColon, aboutForeignTag, nearMiss } from './near-miss.ts'
import { parseOptions, settle } from './parse-options.ts'
import { inSubject, type Place } from './place.ts'
import type { Words } from '#texts/words.ts'
import { quoted } from '#texts/quoted.ts'
import { refuseTooLong } from './subject-length.ts'
import { isBlank, normalise } from './spelling.ts'
import { findEdges, type Edges } from './subject-edges.ts'

/** What a subject's tags ask for, and the subject without them. */
export interface SubjectMark {
  /** The tag as it was written, for sentences. */
  written: string
  choices: Map<OptionName, Choice>
  rest: string
}

interface Judged {
  bracket: Bracket
  verdict: Verdict
}

/**
 * Reads the mark in a decoded subject; null where there is none. Throws a `Failure` for whatever was probably
 * meant as a mark: a near-miss, a tag in the middle, an option that is not understood.
 */
export function readSubjectMark(text: string, keywords: Keywords): SubjectMark | null {
  refuseTooLong(text.length, [text], keywords)
  const brackets = findBrackets(text)
  const edges = findEdges(text, brackets.pairs)
  const judged: Judged[] = brackets.pairs.map(bracket => ({
    bracket,
    verdict: judgeBracket(bracket.content, keywords),
  }))
  for (const each of judged) refuseUnfit(text, each, edges, keywords)
  for (const end of brackets.strayEnds) refuseStrayEnd(text, end, edges, keywords)
  if (keywords.nearMisses) {
    refuseOtherBrackets(text, edges, keywords)
    refuseColon(text.slice(edges.coreStart), keywords)
  }
  const tags = judged.flatMap(({ bracket, verdict }) => (verdict.is === 'mark' ? [{ bracket, verdict }] : []))
  if (tags.length === 0) return null
  const place = inSubject(keywords)
  refuseOptionsBeside(text, judged, place)
  const rest = without(
    text,
    tags.map(({ bracket }) => bracket),
    edges,
  )
  if (keywords.nearMisses) refuseColon(rest, keywords)
  return {
    written: quoted(text.slice(tags[0]!.bracket.start, tags[0]!.bracket.end)),
    choices: settle(
      tags.map(({ verdict }) => parseOptions(verdict.options, place)),
      place,
    ),
    rest,
  }
}

/**
 * Whether a text that should have been a subject, but is none, has a mark or what was meant as one, or may have it
 * because there are too many `characters` of such texts to look at.
 */
export function seemsMarked(text: string, characters: number, keywords: Keywords): boolean {
  try {
    refuseTooLong(characters, [text], keywords)
    return readSubjectMark(text, keywords) !== null
  } catch (error) {
    if (error instanceof Failure) return true
    throw error
  }
}

/** Whether a more lenient reading of the subject begins a bracket with a keyword. */
export function looksMarked(text: string, keywords: Keywords): boolean {
  return findBrackets(text).pairs.some(({ content }) => judgeBracket(content, keywords).is === 'mark')
}

function refuseUnfit(text: string, { bracket, verdict }: Judged, edges: Edges, keywords: Keywords): void {
  if (verdict.is === 'other' || (verdict.is === 'foreign' && bracket.start >= edges.replyEnd)) return
  const written = text.slice(bracket.start, bracket.end)
  if (verdict.is === 'nearly') throw nearMiss(written, verdict.meant, keywords)
  if (verdict.is === 'foreign') throw nearMiss(written, verdict.meant, keywords, aboutForeignTag)
  if (!bracket.proper) {
    const content = bracket.closed ? bracket.content : normalise(bracket.content).split(/[\s,;:=]/, 1)[0]!
    throw nearMiss(written, `[${content.trim()}]`, keywords)
  }
  if (!edges.brackets.has(bracket)) throw new Failure('MARK_MISPLACED', { found: quoted(written) })
}

const longestTag = 500
const longestWord = 64

/** `secure] Hello`, `secure, max 1] Hello`, `Hello secure]`. */
function refuseStrayEnd(text: string, end: number, { coreStart }: Edges, keywords: Keywords): void {
  const word = lastWord(text.slice(Math.max(0, end - longestWord), end).trimEnd())
  if (keywords.isKeyword(normalise(word))) throw nearMiss(`${word}]`, `[${word}]`, keywords)
  const earliest = Math.max(0, end - longestTag, end > coreStart ? coreStart : 0)
  let from = end
  while (from > earliest && !closing.includes(text[from - 1]!)) from -= 1
  const tag = text.slice(from, end)
  const verdict = judgeBracket(tag, keywords)
  if (verdict.is === 'mark' && parseOptions(verdict.options).known)
    throw nearMiss(text.slice(from, end + 1), `[${tag.trim()}]`, keywords)
}

function lastWord(text: string): string {
  let from = text.length
  while (from > 0 && /[\p{L}\p{M}\p{N}-]/u.test(text[from - 1]!)) from -= 1
  return text.slice(from)
}

const inside: Words = {
  en: 'Write all options inside the brackets of the mark: {example}',
  sv: 'Skriv alla val inom märkningens parenteser: {example}',
}

/** `[secure] [max 1]`: whoever writes this means the options. */
function refuseOptionsBeside(text: string, judged: Judged[], { where, example }: Place): void {
  for (const [index, { bracket, verdict }] of judged.entries()) {
    const next = judged[index + 1]
    if (!next || (verdict.is === 'mark') === (next.verdict.is === 'mark')) continue
    const beside = verdict.is === 'mark' ? next.bracket : bracket
    if (!isAllBlank(text.slice(bracket.end, next.bracket.start)) || !parseOptions(beside.content).known) continue
    const option = quoted(text.slice(beside.start, beside.end))
    const options = quoted(beside.content)
    throw new Failure('OPTION_UNKNOWN', { option, where, hint: inside, example: example({ en: options, sv: options }) })
  }
}

function isAllBlank(text: string): boolean {
  for (const character of text) if (!isBlank(character)) return false
  return true
}

/** `Secure: Hello`. Of a word that is only nearly a keyword, nobody thinks so: `Söker: ny kollega`. */
function refuseColon(text: string, keywords: Keywords): void {
  const [, word = ''] = /^([\p{L}\p{M}\p{N}-]{1,64})\s?[:：]/u.exec(text.normalize('NFC')) ?? []
  const taken = normalise(word)
  if (!keywords.isKeyword(taken) || keywords.isException(`${taken}:`)) return
  throw nearMiss(`${word}:`, `[${keywords.shown(taken)}]`, keywords, aboutColon)
}

/** The text without the tags, and without the blanks and the punctuation that belonged to them. */
function without(text: string, tags: Bracket[], { coreStart }: Edges): string {
  let rest = ''
  let from = 0
  for (const tag of tags) {
    rest = joined(rest, text.slice(from, tag.start))
    from = tag.end
    // `[secure]: Hello`
    if (tag.end <= coreStart) from += /^\s{0,9}[:,;–—-]\s/u.exec(text.slice(from, from + 20))?.[0].length ?? 0
  }
  return joined(rest, text.slice(from))
}

function joined(before: string, after: string): string {
  const first = isAllBlank(before) ? '' : before.trimEnd()
  const second = isAllBlank(after) ? '' : after.trim()
  // Punctuation at the end of a sentence stands next to its last word.
  return first === '' || second === '' || /^[.!?…,;]/.test(second) ? first + second : `${first} ${second}`
}
