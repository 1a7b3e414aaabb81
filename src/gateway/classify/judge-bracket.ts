import { isForeignTag } from './foreign-tags.ts'
import type { Keywords } from './keywords.ts'
import { ordinaryBeforeWords } from './ordinary-words.ts'
import { parseOptions } from './parse-options.ts'
import { normalise } from './spelling.ts'

/** What stands between brackets: a mark and the text of its options, nearly one, the tag of another gateway, or else. */
export type Verdict =
  { is: 'mark'; options: string } | { is: 'nearly'; meant: string } | { is: 'foreign'; meant: string } | { is: 'other' }

const other: Verdict = { is: 'other' }

/** Judges the content of brackets by its first word. Never throws; takes time in proportion to the text. */
export function judgeBracket(content: string, keywords: Keywords): Verdict {
  // No keyword, nor a slip of one, and no option with its value is as short as this.
  if (content.length < 2) return other
  const text = content
    .normalize('NFKC')
    .replace(/[\p{Default_Ignorable_Code_Point}\p{Cf}]+/gu, '')
    .trim()
  const whole = normalise(text)
  if (keywords.isException(whole) && !keywords.isKeyword(whole)) return other
  const foreign = keywords.words.find(word => whole.startsWith(word) && isForeignTag(whole.slice(word.length)))
  if (foreign !== undefined) return { is: 'foreign', meant: `[${keywords.shown(foreign)}]` }
  const first = /^[^\s,;:=]*/.exec(text)![0]
  if (keywords.isKeyword(normalise(first)))
    return { is: 'mark', options: text.slice(first.length).replace(/^\s*:/, '') }
  if (!keywords.nearMisses || keywords.isException(normalise(first))) return other
  const meant = nearlyKeyword(whole, keywords) ?? splitKeyword(whole, keywords) ?? gluedKeyword(whole, keywords)
  if (meant !== undefined) return { is: 'nearly', meant: `[${keywords.shown(meant)}]` }
  return nearlyOptions(whole, keywords)
}

/** `secrue`, `#secure`, `secure!`, `secure-max 1`. */
function nearlyKeyword(whole: string, keywords: Keywords): string | undefined {
  const from = whole.search(/[\p{L}\p{N}]/u)
  if (from === -1) return undefined
  const text = whole.slice(from)
  const exact = keywords.words.find(word => text.startsWith(word) && !/^[\p{L}\p{M}]/u.test(text.slice(word.length)))
  if (exact !== undefined) return exact
  const first = /^[^\s,;:=]*/.exec(text)![0]
  const run = /^[\p{L}\p{M}\p{N}]+/u.exec(first)![0]
  const slip = keywords.meantBy(first)
  if (ordinaryBeforeWords.has(first) && !areOptions(text.slice(first.length))) return undefined
  if (slip !== undefined) return slip
  // Punctuation behind a slip hides it no more than before it; a hyphen makes another word.
  return /[\p{L}\p{N}]/u.test(first.slice(run.length)) ? undefined : keywords.meantBy(run)
}

function areOptions(text: string): boolean {
  const { known, problem } = parseOptions(text.replace(/^\s*[:=]/, ''))
  return known || problem === null
}

/** `sec ure`, `s-e-c-u-r-e`. */
function splitKeyword(whole: string, keywords: Keywords): string | undefined {
  const longest = Math.max(...keywords.words.map(word => word.length))
  // Blanks and signs between the letters, so at most a few times as long as the word itself.
  const letters = whole.slice(0, longest * 4).replace(/[^\p{L}\p{M}\p{N}]+/gu, '')
  if (whole.length <= longest * 4 && keywords.isKeyword(letters)) return letters
  const [first = '', second = ''] = whole.split(/[\s,;:=]+/, 2)
  return keywords.isKeyword(first + second) ? first + second : undefined
}

/** `secureprivate`. */
function gluedKeyword(whole: string, keywords: Keywords): string | undefined {
  const first = /^[^\s,;:=]*/.exec(whole)![0]
  return keywords.words.find(word => first.startsWith(word) && parseOptions(first.slice(word.length)).known)
}

/** `max 1, secure`: the keyword is not first. `max=1`: there is none, but nothing else is written like this. */
function nearlyOptions(whole: string, keywords: Keywords): Verdict {
  const words = whole.split(/([\s,;:=]+)/)
  const at = words.findIndex(word => keywords.isKeyword(word))
  const options = at === -1 ? whole : words.toSpliced(at, 1).join('')
  if ((at === -1 && !whole.includes('=')) || !parseOptions(options).known) return other
  const written = options.replace(/^[\s,;]+|[\s,;]{1,20}$/g, '')
  return { is: 'nearly', meant: `[${keywords.shown(at === -1 ? keywords.words[0]! : words[at]!)}, ${written}]` }
}
