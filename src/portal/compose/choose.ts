import type { Options } from '#model.ts'
import { chooseOptions } from '#seal/options/choose-options.ts'
import { expiryProblem } from '#seal/options/expiry.ts'
import { limitsFor, type Limits } from '#seal/options/limits.ts'
import type { Choice, Expiry, OptionName } from '#seal/options/option.ts'
import { setWithinLimits, type OriginatedValues, type SetOptions } from '#seal/options/set-options.ts'
import type { PortalSettings } from '#portal/portal-parts.ts'
import type { DraftContent } from '#portal/draft-content.ts'
import type { Problem } from '#portal/problem.ts'

type Settings = Pick<PortalSettings, 'classify' | 'language'>

/** Options that somebody has chosen beforehand for the messages that they write. */
export type OwnDefaults = SetOptions['options']

/** What may be chosen, and what is chosen before anybody does. */
export interface Choosable {
  limits: Limits
  values: OriginatedValues
}

const mostDownloads = 1000

/** What may be chosen for a message from this sender to these recipients; their own defaults go before the admin's. */
export function choosable(
  { classify, language }: Settings,
  own: OwnDefaults,
  envelope: { sender: string; recipients: string[] },
): Choosable {
  const recipients = envelope.recipients.map(address => ({ address, parameters: [] }))
  const limits = limitsFor(classify, { sender: envelope.sender, parameters: [], recipients })
  return { limits, values: setWithinLimits(setOptions(classify, own, limits), limits, language) }
}

/** What is locked is the admin's to set, whatever somebody has chosen beforehand. */
function setOptions(classify: Settings['classify'], own: OwnDefaults, { locked }: Limits): SetOptions[] {
  const { expiresDays, ...others } = own
  const kept = { ...others, ...(locked.has('expires') || expiresDays === undefined ? {} : { expiresDays }) }
  const unlocked = Object.fromEntries(Object.entries(kept).filter(([name]) => !locked.has(name as OptionName)))
  return [
    { origin: 'account', options: unlocked },
    { origin: 'default', options: classify.defaults },
  ]
}

/** The options of the message as the form says, or what is wrong with them. */
export function settleOptions(
  { classify, language }: Settings,
  { limits }: Choosable,
  { content, own, now }: { content: DraftContent; own: OwnDefaults; now: Date },
): { options: Options } | { problems: Problem[] } {
  const { choices, problems } = readChoices(content, limits, now)
  if (problems.length > 0) return { problems }
  const made = new Map(choices.filter(({ option }) => !isFixed(option, limits)).map(choice => [choice.option, choice]))
  const sender = [{ origin: 'page' as const, where: 'the form', choices: made }]
  return { options: chooseOptions({ sender, set: setOptions(classify, own, limits), language }, limits, now).options }
}

/** Whether the admin has settled an option, so that the form shows it and lets nobody change it. */
export function isFixed(option: OptionName, limits: Limits): boolean {
  return limits.locked.has(option) || (option === 'private' && limits.private !== null)
}

function readChoices(content: DraftContent, limits: Limits, now: Date): { choices: Choice[]; problems: Problem[] } {
  const problems: Problem[] = []
  const choices: Choice[] = [
    { option: 'login', value: content.login, written: content.login },
    { option: 'private', value: content.private, written: 'private' },
    { option: 'receipt', value: content.receipt, written: 'receipt' },
  ]
  if (limits.login && !isFixed('login', limits) && !limits.login.value.includes(content.login))
    problems.push({ field: 'login', what: 'login not allowed' })
  const max = content.max === '' ? null : Number(content.max)
  const atMost = limits.max?.value ?? mostDownloads
  const isCount = max === null ? limits.max === null : Number.isInteger(max) && max >= 1 && max <= atMost
  if (isCount || isFixed('max', limits)) choices.push({ option: 'max', value: max, written: content.max })
  else problems.push({ field: 'max', what: 'count not allowed', atMost, needed: limits.max !== null })
  const expiry = readExpiry(content.expires)
  if (isFixed('expires', limits)) return { choices, problems }
  if (expiry === 'nonsense' || (expiry && expiryProblem(expiry, limits.expiresDays.value, now) !== null))
    problems.push({ field: 'expires', what: 'day not allowed', days: limits.expiresDays.value })
  else if (expiry) choices.push({ option: 'expires', value: expiry, written: content.expires })
  return { choices, problems }
}

/** Undefined where nothing was filled in. */
function readExpiry(written: string): Expiry | undefined | 'nonsense' {
  if (written === '') return undefined
  const day = new Date(`${written}T00:00:00Z`)
  const isDay =
    /^\d{4}-\d{2}-\d{2}$/.test(written) && day.toString() !== 'Invalid Date' && day.toISOString().startsWith(written)
  return isDay ? { date: written } : 'nonsense'
}
