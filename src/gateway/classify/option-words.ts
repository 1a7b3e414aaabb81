import { optionNames, optionRecords, type OptionName, type Setting } from '#options/option-records.ts'
import type { Spellings } from '#options/option.ts'

/** The ways to write it in all languages. */
export function inAll({ en, sv }: Spellings): string[] {
  return [...en, ...sv]
}

/** The keys of all options, and the words that say a value without a key or behind one, in the order of the records. */
export const keys: [OptionName, Spellings][] = optionNames.map(name => [name, optionRecords[name].keys])
export const phrases: [Setting, Spellings][] = optionNames.flatMap(name => settings(name, optionRecords[name].phrases))
export const values: [Setting, Spellings][] = optionNames.flatMap(name => settings(name, optionRecords[name].values))

function settings(option: OptionName, words: [unknown, Spellings][]): [Setting, Spellings][] {
  return words.map(([value, spellings]) => [{ option, value } as Setting, spellings])
}
