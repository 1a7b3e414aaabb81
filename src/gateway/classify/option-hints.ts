import type { Language } from '#model.ts'
import { optionNames, optionRecords, type OptionName } from '#options/option-records.ts'
import { nearest } from '#settings/nearest.ts'
import { inEach, type Words } from '#texts/words.ts'
import { inAll, keys, phrases, values } from './option-words.ts'
import { withoutAccents } from './spelling.ts'

/** What to write instead of an option, and options that would have worked. */
export interface Hint {
  hint: Words
  options: Words
}

const number: Hint = {
  hint: {
    en: 'Write max=3 for three downloads, or expires=3d for three days.',
    sv: 'Skriv antal=3 för tre hämtningar, eller giltig=3d för tre dagar.',
  },
  options: optionRecords.max.example,
}

const all: Hint = {
  hint: inEach(language => {
    const names = optionNames.map(name => optionRecords[name].keys[language][0])
    const list = `${names.slice(0, -1).join(', ')} ${language === 'en' ? 'and' : 'och'} ${names.at(-1)}`
    return language === 'en' ? `The options are ${list}.` : `Valen är ${list}.`
  }),
  options: optionRecords.max.example,
}

const asked: Words = { en: 'Did you mean', sv: 'Menade du' }
const longestWord = 30

/** What to say of a word that is no option, or whose `option` is known but not its value. Never what was written. */
export function hintFor(word: string, option: OptionName | undefined): Hint {
  const known = option ?? valueOptions.get(word)
  if (known !== undefined) return { hint: optionRecords[known].hint, options: optionRecords[known].example }
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
  return option === undefined || phraseWords.has(meant) ? meant : optionRecords[option].example[language]
}

const phraseWords = new Set(phrases.flatMap(([, spellings]) => inAll(spellings)))
const keyOptions = new Map(keys.flatMap(([option, spellings]) => inAll(spellings).map(key => [key, option] as const)))

/** Options by the values that stand behind their keys alone, so that a value without its key is told the key. */
const valueOptions = new Map(
  values.flatMap(([{ option }, spellings]) => inAll(spellings).map(value => [withoutAccents(value), option] as const)),
)

const words = inEachList(language => [...keys, ...phrases, ...values].flatMap(([, spellings]) => spellings[language]))

function inEachList(make: (language: Language) => string[]): Record<Language, string[]> {
  return { en: make('en'), sv: make('sv') }
}

/** The nearest word in that language, else in the other; empty if none is near. */
function nearestIn(language: Language, word: string): string {
  return nearest(word, words[language]) ?? nearest(word, [...words.en, ...words.sv]) ?? ''
}
