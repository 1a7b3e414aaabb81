import type { Language } from '#model.ts'
import type { Limits } from './limits.ts'
import {
  forEachOption,
  optionNames,
  optionRecords,
  type OptionName,
  type OptionValues,
  type SetValues,
} from './option-records.ts'

/** A rule, the defaults of the admin or those of an account. */
export interface SetOptions {
  /** For `explain`. */
  origin: string
  options: SetValues
}

/** Every option's value, and where it comes from. */
export type OriginatedValues = { [Name in OptionName]: Originated<OptionValues[Name]> }

interface Originated<Value> {
  value: Value
  origin: string
}

/** What is set, the more important first, then what Kuvert has built in; all brought within the limits. */
export function setWithinLimits(set: SetOptions[], limits: Limits, language: Language): OriginatedValues {
  return forEachOption<OriginatedValues>(name => {
    const first = firstSet(name, set) ?? { value: optionRecords[name].builtIn(language), origin: 'default' }
    return within(name, first, limits) as OriginatedValues[typeof name]
  })
}

/** Without the options that are locked: they are the admin's to set, whatever somebody has chosen beforehand. */
export function withoutLocked(options: SetValues, { locked }: Limits): SetValues {
  const unlocked = optionNames.filter(name => !locked.has(name)).map(name => optionRecords[name].setting.name)
  return Object.fromEntries(Object.entries(options).filter(([name]) => unlocked.includes(name)))
}

function firstSet<Name extends OptionName>(name: Name, set: SetOptions[]): Originated<OptionValues[Name]> | undefined {
  const { setting } = optionRecords[name]
  for (const { options, origin } of set) {
    const value = options[setting.name as keyof SetValues]
    if (value !== undefined) return { value: setting.valueOf(value as never), origin }
  }
  return undefined
}

function within<Name extends OptionName>(
  name: Name,
  wanted: Originated<OptionValues[Name]>,
  limits: Limits,
): Originated<OptionValues[Name]> {
  const { bound } = optionRecords[name]
  const limit = limits[name]
  if (bound === null || limit === null) return wanted
  const value = bound.within(wanted.value, limit.value as never)
  return value === wanted.value ? wanted : { value, origin: limit.by }
}
