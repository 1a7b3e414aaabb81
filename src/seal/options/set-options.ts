import type { Language, Login } from '#model.ts'
import type { ClassifySettings } from '#settings/classify-schema.ts'
import { strictestFirst, type Limits } from './limits.ts'
import type { OptionName, OptionValues } from './option.ts'

/** A rule or the defaults: what the admin has set. */
export interface SetOptions {
  /** For `explain`. */
  origin: string
  options: ClassifySettings['defaults']
}

/** Every option's value, and where it comes from. */
export type OriginatedValues = { [Name in OptionName]: Originated<OptionValues[Name]> }

interface Originated<Value> {
  value: Value
  origin: string
}

const builtInDays = 30

/** What the admin has set, the more important first, then what Kuvert has built in; all brought within the limits. */
export function setWithinLimits(set: SetOptions[], limits: Limits, language: Language): OriginatedValues {
  const first = <Value>(read: (options: SetOptions['options']) => Value | undefined, builtIn: Value) => {
    for (const { options, origin } of set) {
      const value = read(options)
      if (value !== undefined) return { value, origin }
    }
    return { value: builtIn, origin: 'default' }
  }
  return {
    login: loginWithin(
      first<Login>(options => options.login, 'recipients'),
      limits,
    ),
    max: maxWithin(
      first<number | null>(options => options.max, null),
      limits,
    ),
    private: privateWithin(
      first(options => options.private, false),
      limits,
    ),
    expires: expiresWithin(
      first(options => options.expiresDays, builtInDays),
      limits,
    ),
    receipt: first(options => options.receipt, true),
    lang: first<Language>(options => options.lang, language),
  }
}

/** The nearest level that is as strict as the wanted one; where none is allowed, the strictest that is. */
function loginWithin(login: Originated<Login>, { login: limit }: Limits): Originated<Login> {
  if (limit === null || limit.value.includes(login.value)) return login
  const asStrict = strictestFirst.slice(0, strictestFirst.indexOf(login.value))
  return { value: asStrict.findLast(level => limit.value.includes(level)) ?? limit.value[0]!, origin: limit.by }
}

function maxWithin(max: Originated<number | null>, { max: limit }: Limits): Originated<number | null> {
  if (limit === null || (max.value !== null && max.value <= limit.value)) return max
  return { value: limit.value, origin: limit.by }
}

function privateWithin(isPrivate: Originated<boolean>, { private: limit }: Limits): Originated<boolean> {
  return limit === null || limit.value === isPrivate.value ? isPrivate : { value: limit.value, origin: limit.by }
}

function expiresWithin(days: Originated<number>, { expiresDays: limit }: Limits): OriginatedValues['expires'] {
  if (days.value <= limit.value) return { value: { days: days.value }, origin: days.origin }
  return { value: { days: limit.value }, origin: limit.by }
}
