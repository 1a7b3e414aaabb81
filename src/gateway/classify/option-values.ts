import type { OptionName, Setting } from '#seal/options/option.ts'
import { expiryFillers, inAll, unitDays, values, type Spellings } from './option-spellings.ts'
import type { Token } from './option-tokens.ts'
import type { Words } from '#texts/words.ts'
import { withoutAccents } from './spelling.ts'

/** What stands at a place: a setting that takes so many tokens, or a value that no mail can have. */
export type Match = { setting: Setting; count: number } | { outside: Words; count: number }

const mostWords = 3
const mostDownloads = 1000
const wholeNumber: Words = {
  en: `a whole number from 1 to ${mostDownloads}`,
  sv: `ett heltal från 1 till ${mostDownloads}`,
}
const wholeDays: Words = { en: 'a whole number of days, at least 1', sv: 'ett helt antal dagar, minst 1' }
const noSuchDay: Words = { en: 'there is no such day', sv: 'en dag som finns' }

/** The setting of the longest phrase that begins at this token. */
export function matchPhrase(phrases: Map<string, Setting>, tokens: Token[], at: number): Match | undefined {
  for (let count = mostWords; count > 0; count -= 1) {
    const taken = tokens.slice(at, at + count)
    if (taken.length < count || taken.some(token => token.kind !== 'word')) continue
    const setting = phrases.get(taken.map(token => token.word).join(' '))
    if (setting) return { setting, count }
  }
  return undefined
}

/** The phrases by how they are compared. */
export function phraseMap(table: [Setting, Spellings][]): Map<string, Setting> {
  return new Map(
    table.flatMap(([setting, spellings]) =>
      inAll(spellings).map((spelling): [string, Setting] => [withoutAccents(spelling), setting]),
    ),
  )
}

const optionNames: OptionName[] = ['login', 'max', 'private', 'expires', 'receipt', 'lang']
const valuePhrases = new Map(
  optionNames.map(name => [name, phraseMap(values.filter(([setting]) => setting.option === name))]),
)

/** The value of an option that begins at this token. */
export function matchValue(option: OptionName, tokens: Token[], at: number): Match | undefined {
  const first = tokens[at]
  if (first?.kind !== 'word') return undefined
  if (option === 'max' && /^-?\d+(\.\d+)?$/.test(first.word)) return downloads(first.word)
  if (option === 'expires' && expiryFillers.includes(first.word)) {
    const match = matchExpiry(tokens, at + 1)
    return match && { ...match, count: match.count + 1 }
  }
  if (option === 'expires') return matchExpiry(tokens, at)
  return matchPhrase(valuePhrases.get(option) ?? new Map(), tokens, at)
}

function downloads(written: string): Match {
  const value = Number(written)
  if (Number.isInteger(value) && value >= 1 && value <= mostDownloads)
    return { setting: { option: 'max', value }, count: 1 }
  return { outside: wholeNumber, count: 1 }
}

/** A duration (`7d`, `7 dagar`) or a day (`2026-12-31`) that begins at this token. */
export function matchExpiry(tokens: Token[], at: number): Match | undefined {
  const first = tokens[at]
  if (first?.kind !== 'word') return undefined
  if (/^\d{4}-\d{2}-\d{2}$/.test(first.word)) return lastDay(first.word)
  const [, number = '', unit = ''] = /^(-?\d+(?:\.\d+)?)([a-z]*)$/.exec(first.word) ?? []
  const next = tokens[at + 1]
  if (unit !== '') return duration(Number(number), unit, 1)
  return number !== '' && next?.kind === 'word' ? duration(Number(number), next.word, 2) : undefined
}

function duration(units: number, unit: string, count: number): Match | undefined {
  const unitLength = unitDays.get(unit)
  if (unitLength === undefined) return undefined
  if (!Number.isInteger(units) || units < 1) return { outside: wholeDays, count }
  return { setting: { option: 'expires', value: { days: units * unitLength } }, count }
}

function lastDay(date: string): Match {
  if (!isDay(date)) return { outside: noSuchDay, count: 1 }
  return { setting: { option: 'expires', value: { date } }, count: 1 }
}

function isDay(written: string): boolean {
  const day = new Date(`${written}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(written)
}
