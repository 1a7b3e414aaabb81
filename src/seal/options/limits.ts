import type { Envelope, Login } from '#model.ts'
import type { ClassifySettings } from '#settings/classify-schema.ts'
import { matchesAddress } from '#mail/address-pattern.ts'
import type { OptionName } from './option.ts'

/** A limit with the setting that draws it, for `explain`. */
interface Limit<Value> {
  value: Value
  by: string
}

/** What may be chosen for one mail, once all bounds that apply to it have been added up. */
export interface Limits {
  /** From the strictest on. */
  login: Limit<Login[]> | null
  max: Limit<number> | null
  expiresDays: Limit<number>
  private: Limit<boolean> | null
  locked: Set<OptionName>
}

/** The levels of who may open. */
export const strictestFirst: Login[] = ['recipients', 'locals', 'none']

type Bound = ClassifySettings['bounds'][number]

/** Adds up the bounds whose sender and any recipient match; the strictest counts. */
export function limitsFor(settings: ClassifySettings, envelope: Envelope): Limits {
  const bounds = settings.bounds
    .map((bound, index) => ({ bound, by: `bound ${index + 1}` }))
    .filter(({ bound }) => applies(bound, envelope))
  const given = <Value>(read: (bound: Bound) => Value | undefined): Limit<Value>[] =>
    bounds.flatMap(({ bound, by }) => {
      const value = read(bound)
      return value === undefined ? [] : [{ value, by }]
    })
  const isPrivate = given(bound => bound.private)
  return {
    login: given(bound => bound.login).reduce(stricterLogin, null),
    max: lowest(given(bound => bound.maxAtMost)),
    expiresDays: lowest([
      { value: settings.expiresAtMostDays, by: 'expiresAtMostDays' },
      ...given(bound => bound.expiresAtMostDays),
    ])!,
    private: isPrivate.find(({ value }) => value) ?? isPrivate[0] ?? null,
    locked: new Set(bounds.flatMap(({ bound }) => bound.locked)),
  }
}

function applies({ sender, recipient }: Bound, envelope: Envelope): boolean {
  if (!matchesAddress(sender, envelope.sender)) return false
  return recipient === '*' || envelope.recipients.some(({ address }) => matchesAddress(recipient, address))
}

function lowest(limits: Limit<number>[]): Limit<number> | null {
  return limits.toSorted((a, b) => a.value - b.value)[0] ?? null
}

/** Levels that both allow; where there is none, the strictest that either allows. */
function stricterLogin(before: Limit<Login[]> | null, { value: allowed, by }: Limit<Login[]>): Limit<Login[]> {
  const levels = before?.value ?? strictestFirst
  const both = levels.filter(level => allowed.includes(level))
  if (both.length > 0) return { value: both, by }
  const either = strictestFirst.filter(level => levels.includes(level) || allowed.includes(level))
  return { value: either.slice(0, 1), by }
}
