import { optionNames, optionRecords, type OptionName, type Setting } from '#options/option-records.ts'
import type { Reading, Spellings } from '#options/option.ts'
import type { Words } from '#texts/words.ts'
import type { Token } from './option-tokens.ts'
import { inAll, keys, phrases, values } from './option-words.ts'
import { withoutAccents } from './spelling.ts'

/** What stands at a place: a setting that takes so many tokens, or a value that no mail can have. */
export type Match = { setting: Setting; count: number } | { outside: Words; count: number }

const mostWords = 3

const keyOptions = byWriting(keys)
const settings = byWriting(phrases)
const valueSettings = new Map(
  optionNames.map(name => [name, byWriting(values.filter(([setting]) => setting.option === name))]),
)

/** The option whose key this token is. */
export function matchKey(token: Token | undefined): OptionName | undefined {
  return token?.kind === 'word' ? keyOptions.get(token.word) : undefined
}

/** The value of an option that begins at this token, behind its key. */
export function matchValue(option: OptionName, tokens: Token[], at: number): Match | undefined {
  const words = wordsAt(tokens, at)
  const reading = words.length > 0 ? optionRecords[option].read?.(words) : undefined
  return reading ? matched(option, reading) : longest(valueSettings.get(option)!, words)
}

/** The setting of the longest phrase that begins at this token. */
export function matchPhrase(tokens: Token[], at: number): Match | undefined {
  return longest(settings, wordsAt(tokens, at))
}

/** A value that begins at this token and tells its option by itself: `7 dagar`. */
export function matchAlone(tokens: Token[], at: number): Match | undefined {
  const words = wordsAt(tokens, at)
  if (words.length === 0) return undefined
  for (const option of optionNames) {
    const reading = optionRecords[option].readAlone?.(words)
    if (reading) return matched(option, reading)
  }
  return undefined
}

/** The words from this token on, before anything else comes. */
function wordsAt(tokens: Token[], at: number): string[] {
  const next = tokens.slice(at, at + mostWords)
  const end = next.findIndex(({ kind }) => kind !== 'word')
  return next.slice(0, end === -1 ? mostWords : end).map(({ word }) => word)
}

function longest(of: Map<string, Setting>, words: string[]): Match | undefined {
  for (let count = words.length; count > 0; count -= 1) {
    const setting = of.get(words.slice(0, count).join(' '))
    if (setting) return { setting, count }
  }
  return undefined
}

function matched(option: OptionName, reading: Reading<unknown>): Match {
  return 'outside' in reading ? reading : { setting: { option, value: reading.value } as Setting, count: reading.count }
}

/** What is meant, by how it is compared. */
function byWriting<Meant>(table: [Meant, Spellings][]): Map<string, Meant> {
  return new Map(
    table.flatMap(([meant, spellings]) =>
      inAll(spellings).map((spelling): [string, Meant] => [withoutAccents(spelling), meant]),
    ),
  )
}
