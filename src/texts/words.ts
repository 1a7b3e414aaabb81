import type { Language } from '#model.ts'

/** The same words in each language; they may hold `{example}`. */
export type Words = Record<Language, string>

/** Something to type, and what to type instead if only ASCII can be shown: without its dots, `[säker]` is no mark. */
export interface Spelled {
  letters: string
  ascii: string
}

/** What fills a place in a sentence: the same in each language, or not. */
export type Detail = string | number | Spelled | Words | Record<Language, Spelled>

/** In which language a sentence is said, and whether with letters that are not in ASCII. */
export interface Tongue {
  language: Language
  letters: boolean
}

/** The words of a detail; empty if there is none. */
export function wordsOf(detail: Detail | undefined, tongue: Tongue): string {
  if (typeof detail !== 'object') return String(detail ?? '')
  if ('letters' in detail) return tongue.letters ? detail.letters : detail.ascii
  return wordsOf(detail[tongue.language], tongue)
}

/** The sentence with its details in the places of their names: `{option}`. */
export function fill(sentence: string, details: Record<string, Detail>, tongue: Tongue): string {
  const withExample = (words: string) => words.replaceAll('{example}', () => wordsOf(details['example'], tongue))
  return sentence
    .replace(/\{(\w+)\}/g, (_, name: string) => {
      const detail = details[name]
      return typeof detail === 'object' ? withExample(wordsOf(detail, tongue)) : wordsOf(detail, tongue)
    })
    .trim()
}

/** Words that are made alike in each language. */
export function inEach(make: (language: Language) => string): Words {
  return { en: make('en'), sv: make('sv') }
}
