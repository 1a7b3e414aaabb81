import { expect, test } from 'vitest'
import { accountWords } from '#portal/account/words.ts'
import type { Language } from '#model.ts'
import { optionRecords } from '#options/option-records.ts'
import { composeWords } from '#portal/pages/compose-words.ts'
import { optionsWords } from '#portal/options/words.ts'
import { receivedWords } from '#portal/received/words.ts'
import { recipientsWords } from '#portal/recipients/words.ts'
import { sentListWords, sentWords } from '#portal/sent/words.ts'
import { draftsWords } from '#portal/write/words.ts'
import { words } from '#portal/pages/words.ts'

/** The words of the records of options, which lie in pairs, as a list for each language. */
const optionWords = { sv: pairsIn(optionRecords, 'sv'), en: pairsIn(optionRecords, 'en') }
const lists = {
  accountWords,
  composeWords,
  draftsWords,
  optionWords,
  optionsWords,
  receivedWords,
  recipientsWords,
  sentListWords,
  sentWords,
  words,
}
/** Said alike in both languages. */
const alike = new Set(['Text'])

function pairsIn(list: object, language: Language, place = ''): Record<string, string> {
  const inside = Object.entries(list).map(([name, value]: [string, unknown]): Record<string, string> => {
    const at = place === '' ? name : `${place}.${name}`
    if (typeof value !== 'object' || value === null) return {}
    if ('sv' in value && 'en' in value) {
      const word = (value as Record<Language, unknown>)[language]
      return typeof word === 'string' ? { [at]: word } : {}
    }
    return pairsIn(value, language, at)
  })
  return Object.assign({}, ...inside) as Record<string, string>
}

/** Every word by its place: `script.dropHere`. What takes values is said with some. */
function said(list: object, place = ''): Map<string, string> {
  return new Map(
    Object.entries(list).flatMap(([name, value]: [string, unknown]) => {
      const at = place === '' ? name : `${place}.${name}`
      if (typeof value === 'object' && value !== null) return [...said(value, at)]
      return [[at, typeof value === 'function' ? sentenceOf(value as (...values: unknown[]) => string) : String(value)]]
    }),
  )
}

/** Anything that is asked for is there: as a list and in a field, where numbers will do for words. */
const anything = Object.assign(['x'], { entries: ['x'], names: ['x'], recipients: ['x'] })

function sentenceOf(say: (...values: unknown[]) => string): string {
  return say(anything, anything, anything)
}

test.each(Object.entries(lists))(
  '%s says everything in Swedish and in English, and nothing in the other one',
  (_, { sv, en }) => {
    const [swedish, english] = [said(sv), said(en)]
    expect([...english.keys()]).toEqual([...swedish.keys()])
    for (const [place, sentence] of swedish) {
      expect(sentence.trim(), place).not.toBe('')
      expect(english.get(place)!.trim(), place).not.toBe('')
      if (!alike.has(sentence) && !alike.has(place)) expect(english.get(place), place).not.toBe(sentence)
      expect(english.get(place), place).not.toMatch(/[åäö]/i)
    }
  },
)
