import { Failure } from '#failure.ts'
import type { Language } from '#model.ts'
import { quoted } from '#texts/quoted.ts'
import type { Words } from '#texts/words.ts'
import { expiresAt } from './expiry.ts'
import { isSettled, type Limits } from './limits.ts'
import {
  forEachOption,
  optionRecords,
  optionWords,
  type Choice,
  type OptionName,
  type Options,
} from './option-records.ts'
import { setWithinLimits, type OriginatedValues, type SetOptions } from './set-options.ts'

/** Where each option comes from: `header`, `subject`, `page`, `rule 2`, `default`, `bound 1` or `expiresAtMostDays`. */
export type Origins = Record<keyof Options, string>

/** What the sender chose in one place. */
export interface SenderChoices {
  origin: 'header' | 'subject' | 'page'
  /** For sentences. */
  where: Words
  choices: Map<OptionName, Choice>
}

/** What the options are chosen from; lists begin with what is most important. */
export interface Wishes {
  sender: SenderChoices[]
  set: SetOptions[]
  language: Language
}

/**
 * Settles each option: the sender's choice, else the admin's, brought within the limits. Throws
 * `OPTION_OUT_OF_BOUNDS` or `OPTION_LOCKED` for a choice of the sender's that is not allowed.
 */
export function chooseOptions(wishes: Wishes, limits: Limits, now: Date): { options: Options; origins: Origins } {
  const values = setWithinLimits(wishes.set, limits, wishes.language)
  const settled = forEachOption<OriginatedValues>(name => {
    const source = wishes.sender.find(({ choices }) => choices.has(name))
    const choice = source?.choices.get(name)
    if (!source || !choice) return values[name]
    refuseUnlessAllowed(choice, source.where, { values, limits, now })
    return { value: choice.value, origin: source.origin } as OriginatedValues[typeof name]
  })
  const { expires, ...others } = settled
  const each = (part: 'value' | 'origin') =>
    Object.fromEntries(Object.entries(others).map(([name, its]) => [name, its[part]]))
  return {
    options: { ...each('value'), expiresAt: expiresAt(expires.value, now) } as Options,
    origins: { ...each('origin'), expiresAt: expires.origin } as Origins,
  }
}

interface Allowed {
  values: OriginatedValues
  limits: Limits
  now: Date
}

function refuseUnlessAllowed(choice: Choice, where: Words, { values, limits, now }: Allowed): void {
  const option = quoted(choice.written)
  const { value } = values[choice.option]
  if (isSettled(choice.option, limits) && JSON.stringify(value) !== JSON.stringify(choice.value))
    throw new Failure('OPTION_LOCKED', { option, where, locked: optionWords(choice.option, value) })
  const bounds = problemWith(choice.option, choice.value, limits, now)
  if (bounds !== null) throw new Failure('OPTION_OUT_OF_BOUNDS', { option, where, bounds })
}

function problemWith<Name extends OptionName>(name: Name, value: Choice['value'], limits: Limits, now: Date) {
  const { bound } = optionRecords[name]
  const limit = limits[name]
  return bound === null || limit === null ? null : bound.problem(value as never, limit.value as never, now)
}
