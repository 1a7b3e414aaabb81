import type { Language } from '#model.ts'
import { optionKeys } from '#seal/options/option-words.ts'
import type { OptionName } from '#seal/options/option.ts'
import { nearest } from '#settings/nearest.ts'
import { inEach, type Words } from '#texts/words.ts'
import { inAll, keys, phrases, values } from './option-spellings.ts'
import { withoutAccents } from './spelling.ts'

/** What to write instead of an option, and options that would have worked. */
export interface Hint {
  hint: Words
  options: Words
}

/** For an option whose value is not understood. */
const hints: Record<OptionName, Hint> = {
  login: {
    hint: {
      en: 'Write login=recipients, login=locals or login=none.',
      sv: 'Skriv inloggning=mottagare, inloggning=lokala eller inloggning=ingen.',
    },
    options: { en: 'login=locals', sv: 'inloggning=lokala' },
  },
  max: {
    hint: {
      en: 'Write max and a whole number, as in max=3, or max=unlimited.',
      sv: 'Skriv antal och ett heltal, som antal=3, eller antal=obegränsat.',
    },
    options: { en: 'max=3', sv: 'antal=3' },
  },
  private: {
    hint: { en: 'Write private, or private=no.', sv: 'Skriv privat, eller privat=nej.' },
    options: { en: 'private', sv: 'privat' },
  },
  expires: {
    hint: {
      en: 'Write the days, as in expires=7d, or the last day, as in expires=2026-12-31.',
      sv: 'Skriv antalet dagar, som giltig=7d, eller sista dagen, som giltig=2026-12-31.',
    },
    options: { en: 'expires=7d', sv: 'giltig=7d' },
  },
  receipt: {
    hint: { en: 'Write receipt=yes or receipt=no.', sv: 'Skriv kvitto=ja eller kvitto=nej.' },
    options: { en: 'receipt=no', sv: 'kvitto=nej' },
  },
  lang: {
    hint: { en: 'Write lang=sv or lang=en.', sv: 'Skriv språk=sv eller språk=en.' },
    options: { en: 'lang=en', sv: 'språk=en' },
  },
}

const number: Hint = {
  hint: {
    en: 'Write max=3 for three downloads, or expires=3d for three days.',
    sv: 'Skriv antal=3 för tre hämtningar, eller giltig=3d för tre dagar.',
  },
  options: hints.max.options,
}

const all: Hint = {
  hint: inEach(language => {
    const names = Object.values(optionKeys).map(words => words[language])
    const list = `${names.slice(0, -1).join(', ')} ${language === 'en' ? 'and' : 'och'} ${names.at(-1)}`
    return language === 'en' ? `The options are ${list}.` : `Valen är ${list}.`
  }),
  options: hints.max.options,
}

const asked: Words = { en: 'Did you mean', sv: 'Menade du' }
const longestWord = 30

/** What to say of a word that is no option, or whose `option` is known but not its value. Never what was written. */
export function hintFor(word: string, option: OptionName | undefined): Hint {
  const known = option ?? valueOptions.get(word)
  if (known !== undefined) return hints[known]
  if (/^\d+$/.test(word)) return number
  const meant = word.length <= longestWord ? inEach(language => nearestIn(language, word)) : { en: '', sv: '' }
  if (meant.en === '' || meant.sv === '') return all
  return {
    hint: inEach(language => `${asked[language]} "${meant[language]}"?`),
    options: inEach(language => exampleOf(language, meant[language])),
  }
}

/** A phrase is an example by itself, a key or a value is not. */
function exampleOf(language: Language, meant: string): string {
  const option = keyOptions.get(meant) ?? valueOptions.get(withoutAccents(meant))
  return option === undefined || phraseWords.has(meant) ? meant : hints[option].options[language]
}

const phraseWords = new Set(phrases.flatMap(([, spellings]) => inAll(spellings)))
const keyOptions = new Map(
  Object.entries(keys).flatMap(([option, spellings]) =>
    inAll(spellings).map(key => [key, option as OptionName] as const),
  ),
)

/** Options by the values that stand behind their keys alone, so that a value without its key is told the key. */
const valueOptions = new Map(
  values.flatMap(([{ option }, spellings]) => inAll(spellings).map(value => [withoutAccents(value), option] as const)),
)

const words = inEachList(language => [
  ...Object.values(keys).flatMap(spellings => spellings[language]),
  ...[...phrases, ...values].flatMap(([, spellings]) => spellings[language]),
])

function inEachList(make: (language: Language) => string[]): Record<Language, string[]> {
  return { en: make('en'), sv: make('sv') }
}

/** The nearest word in that language, else in the other; empty if none is near. */
function nearestIn(language: Language, word: string): string {
  return nearest(word, words[language]) ?? nearest(word, [...words.en, ...words.sv]) ?? ''
}
