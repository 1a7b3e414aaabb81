import { matchesAddress } from '#mail/address-pattern.ts'
import type { Envelope } from '#model.ts'
import type { Limit } from './option.ts'
import { forEachOption, optionRecords, type BoundValues, type LimitValues, type OptionName } from './option-records.ts'
import type { BoundSettings } from './option-settings.ts'

/** What may be chosen for one mail, after all bounds that apply to it have been added up; null if there is no bound. */
export type Limits = OptionLimits & { expires: Limit<number>; locked: Set<OptionName> }

type OptionLimits = { [Name in OptionName]: Limit<LimitValues[Name]> | null }

/** The settings that bound the options of every mail. */
interface Bounds {
  bounds: BoundSettings[]
  expiresAtMostDays: number
}

/** Adds up the bounds whose sender and any recipient match; the strictest counts. */
export function limitsFor({ bounds, expiresAtMostDays }: Bounds, envelope: Envelope): Limits {
  const applying = bounds
    .map((bound, index) => ({ bound, by: `bound ${index + 1}` }))
    .filter(({ bound }) => applies(bound, envelope))
  const overall: Drawn = { bound: { expiresAtMostDays }, by: 'expiresAtMostDays' }
  const limits = forEachOption<OptionLimits>(name => addUp(name, [overall, ...applying]))
  return { ...limits, locked: new Set(applying.flatMap(({ bound }) => bound.locked)) } as Limits
}

/** Whether the admin has settled an option, so that nobody can choose it: it is locked, or a flag that is bounded. */
export function isSettled(name: OptionName, limits: Limits): boolean {
  return limits.locked.has(name) || (optionRecords[name].isFlag && limits[name] !== null)
}

interface Drawn {
  bound: BoundValues
  by: string
}

function addUp<Name extends OptionName>(name: Name, drawn: Drawn[]): OptionLimits[Name] {
  const { bound: kind } = optionRecords[name]
  let limit: Limit<LimitValues[Name]> | null = null
  for (const { bound, by } of drawn) {
    const value = kind && (bound[kind.name as keyof BoundValues] as LimitValues[Name] | undefined)
    if (kind && value !== null && value !== undefined) limit = kind.add(limit, { value, by })
  }
  return limit as OptionLimits[Name]
}

function applies({ sender, recipient }: BoundSettings, envelope: Envelope): boolean {
  if (!matchesAddress(sender, envelope.sender)) return false
  return recipient === '*' || envelope.recipients.some(({ address }) => matchesAddress(recipient, address))
}
