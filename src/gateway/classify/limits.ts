import type { Envelope, Login } from '#model.ts'
import type { ClassifySettings } from '#settings/classify-schema.ts'
import { matchesAddress } from './address-pattern.ts'
import type { OptionName } from './option-spellings.ts'

/** A limit with the setting that draws it, for `explain`. */
export interface Limit<Value> {
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

/** Adds up the bounds whose sender and any recipient match; the strictest counts. */
export function limitsFor(settings: ClassifySettings, envelope: Envelope): Limits {
  const limits: Limits = {
    login: null,
    max: null,
    expiresDays: { value: settings.expiresAtMostDays, by: 'expiresAtMostDays' },
    private: null,
    locked: new Set(),
  }
  for (const [index, bound] of settings.bounds.entries()) {
    if (!matchesAddress(bound.sender, envelope.sender)) continue
    if (!isForAnyRecipient(bound.recipient, envelope)) continue
    const by = `bound ${index + 1}`
    if (bound.login) limits.login = { value: strictest(limits.login?.value ?? strictestFirst, bound.login), by }
    if (bound.maxAtMost !== undefined && bound.maxAtMost < (limits.max?.value ?? Infinity))
      limits.max = { value: bound.maxAtMost, by }
    if (bound.expiresAtMostDays !== undefined && bound.expiresAtMostDays < limits.expiresDays.value)
      limits.expiresDays = { value: bound.expiresAtMostDays, by }
    if (bound.private !== undefined && limits.private?.value !== true) limits.private = { value: bound.private, by }
    for (const option of bound.locked) limits.locked.add(option)
  }
  return limits
}

function isForAnyRecipient(pattern: string, envelope: Envelope): boolean {
  return pattern === '*' || envelope.recipients.some(({ address }) => matchesAddress(pattern, address))
}

/** Levels that both allow; where there is none, the strictest that either allows. */
function strictest(before: Login[], allowed: Login[]): Login[] {
  const both = before.filter(level => allowed.includes(level))
  return both.length > 0
    ? both
    : strictestFirst.filter(level => before.includes(level) || allowed.includes(level)).slice(0, 1)
}
