import type { Language } from '#model.ts'
import type { ClassifySettings } from '#settings/classify-schema.ts'
import { nearestAscii } from '#texts/nearest-ascii.ts'
import type { Spelled } from '#texts/words.ts'
import { ordinaryWords } from './ordinary-words.ts'
import { isAscii, normalise, withoutAccents } from './spelling.ts'

/** The words that make a subject tag, and what is taken for one of them. */
export interface Keywords {
  /** In normal form; the first stands for all of them in sentences. */
  words: string[]
  /** A keyword as the admin wrote it, in lower case, for sentences. */
  shown: (word: string) => string
  /** The keyword of examples: in Swedish the first with a letter beyond ASCII, in English the first without. */
  exampleIn: (language: Language) => Spelled
  /** A tag such as `[säker, max 1]`; without letters beyond ASCII, it begins with a keyword that has none. */
  spelled: (tag: string) => Spelled
  isKeyword: (word: string) => boolean
  /** An exception of the admin's: a word, or the whole content of a pair of brackets. */
  isException: (text: string) => boolean
  /** The keyword that this word is one slip or some accents away from. */
  meantBy: (word: string) => string | undefined
  /** Whether slips count at all; whoever asks what a word is meant by looks here first. */
  nearMisses: boolean
}

/** Below this, too many ordinary words are one slip away. */
const shortestForSlips = 4

/** Prepares the admin's keywords; comparisons are of normal forms. */
export function readKeywords(settings: ClassifySettings): Keywords {
  const words = settings.keywords.map(normalise)
  const written = new Map(words.map((word, index) => [word, settings.keywords[index]!.normalize('NFC').toLowerCase()]))
  const exact = new Set(words)
  const shown = [...written.values()]
  const withLetters = shown.find(word => !isAscii(word)) ?? shown[0]!
  const withoutLetters = shown.find(isAscii) ?? shown[0]!
  const ascii = nearestAscii(withoutLetters)
  const exceptions = new Set(settings.nearMissExceptions.map(normalise))
  const bare = words.map(word => ({ word, letters: withoutAccents(word) }))
  return {
    words,
    shown: word => written.get(word) ?? word,
    exampleIn: language => ({ letters: language === 'sv' ? withLetters : withoutLetters, ascii }),
    spelled: tag => {
      const [first = ''] = /(?<=^\[)[^\s,;:=\]]+/.exec(tag) ?? []
      const isReplaced = exact.has(normalise(first)) && !isAscii(first)
      return { letters: tag, ascii: nearestAscii(isReplaced ? tag.replace(first, ascii) : tag) }
    },
    isKeyword: word => exact.has(word),
    isException: text => exceptions.has(text),
    meantBy: word => {
      if (exceptions.has(word) || ordinaryWords.has(word)) return undefined
      const letters = withoutAccents(word)
      return bare.find(keyword => letters === keyword.letters || isLongSlip(letters, keyword.letters))?.word
    },
    nearMisses: settings.nearMisses,
  }
}

function isLongSlip(word: string, keyword: string): boolean {
  return keyword.length >= shortestForSlips && isSlip(word, keyword)
}

/**
 * Whether the word is the keyword with one letter swapped with the next, left out, doubled, mistyped, or put in
 * somewhere inside. A letter put before or after it makes another word: `secured`, `osäker`.
 */
export function isSlip(word: string, keyword: string): boolean {
  if (word === keyword) return false
  let same = 0
  while (same < word.length && word[same] === keyword[same]) same += 1
  const rest = word.slice(same)
  const meant = keyword.slice(same)
  if (rest === meant.slice(1)) return true
  if (rest.slice(1) === meant) return same > 0 && (meant !== '' || rest === word[same - 1])
  const swapped = meant.slice(1, 2) + meant.slice(0, 1) + meant.slice(2)
  return rest === swapped || rest.slice(1) === meant.slice(1)
}
