import { inEach, type Words } from '#texts/words.ts'
import { expires } from './expires.ts'
import { lang } from './lang.ts'
import { login } from './login.ts'
import { max } from './max.ts'
import type { OptionRecord } from './option.ts'
import { isPrivate } from './private.ts'
import { receipt } from './receipt.ts'

/** All options, in the order in which they are listed everywhere. A new one needs its record here, and its effect. */
const all = { login, max, private: isPrivate, expires, receipt, lang }

type All = typeof all

export type OptionName = keyof All

/** The options as they are chosen, by name; `max: null` is unlimited. */
export type OptionValues = { [Name in OptionName]: Parameters<All[Name]['say']>[0] }

/** What a bound of the admin's holds for each option. */
export type LimitValues = { [Name in OptionName]: LimitOf<All[Name]['bound']> }

/** The limits of one bound, by the names of their settings. */
export type BoundValues = {
  [Name in OptionName as NonNullable<All[Name]['bound']>['name']]?: LimitValues[Name] | undefined
}

type LimitOf<Bounded> = Bounded extends { within: (value: never, limit: infer Limited) => unknown } ? Limited : never

/** An option that the forms of the portal ask for. */
export type FormName = { [Name in OptionName]: All[Name]['form'] extends null ? never : Name }[OptionName]

/** What a mark asks for, after defaults, rules and the admin's limits are applied. */
export type Options = Omit<OptionValues, 'expires'> & { expiresAt: Date }

/** Options as an admin or a person sets them, by the names of their settings. Any may be left out. */
export type SetValues = {
  [Name in OptionName as All[Name]['setting']['name']]?: SetValueOf<Name> | undefined
}

/** The value of one option as it is set. */
export type SetValueOf<Name extends OptionName> = Parameters<All[Name]['setting']['valueOf']>[0]

/** One option with its value. */
export type Setting = { [Name in OptionName]: { option: Name; value: OptionValues[Name] } }[OptionName]

/** One option as somebody chose it, with the words in which they did. */
export type Choice = Setting & { written: string }

/** The record of each option, by name. */
export const optionRecords: {
  [Name in OptionName]: OptionRecord<OptionValues[Name], SetValueOf<Name>, LimitValues[Name]>
} = all

export const optionNames = Object.keys(optionRecords) as OptionName[]

/** Something for each option, by name. */
export function forEachOption<Made extends { [Name in OptionName]: unknown }>(
  make: <Name extends OptionName>(name: Name) => Made[Name],
): Made {
  return Object.fromEntries(optionNames.map(name => [name, make(name)])) as Made
}

/** An option with its value, as a sender may write it: `login=locals`, `inloggning=lokala`. */
export function optionWords<Name extends OptionName>(name: Name, value: OptionValues[Name]): Words {
  const { keys, say } = optionRecords[name]
  const said = say(value)
  return inEach(language => `${keys[language][0]}=${said[language]}`)
}
