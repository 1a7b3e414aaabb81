import type { Options } from '#model.ts'
import { chooseOptions } from '#seal/options/choose-options.ts'
import { expiryProblem } from '#seal/options/expiry.ts'
import { limitsFor, type Limits } from '#seal/options/limits.ts'
import type { Choice, Expiry, OptionName } from '#seal/options/option.ts'
import { setWithinLimits, type OriginatedValues, type SetOptions } from '#seal/options/set-options.ts'
import type { PortalSettings } from '#portal/server/portal-parts.ts'
import type { DraftContent } from './draft-content.ts'
import type { Problem } from '#portal/pages/problem.ts'

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
  const sender = [{ origin: 'page' as const, where: { en: 'the form', sv: 'formuläret' }, choices: made }]
  return { options: chooseOptions({ sender, set: setOptions(classify, own, limits), language }, limits, now).options }
}

/** Whether the admin has settled an option, so that the form shows it and lets nobody change it. */
export function isFixed(option: OptionName, limits: Limits): boolean {
  return limits.locked.has(option) || (option === 'private' && limits.private !== null)
}

function readChoices(content: DraftContent, limits: Limits, now: Date): { choices: Choice[]; problems: Problem[] } {
  const read = [readLogin(content, limits), readMax(content, limits), readLastDay(content, limits, now)]
  return {
    choices: [
      { option: 'private', value: content.private, written: 'private' },
      { option: 'receipt', value: content.receipt, written: 'receipt' },
      ...read.flatMap(each => (each && 'option' in each ? [each] : [])),
    ],
    problems: read.flatMap(each => (each && 'field' in each ? [each] : [])),
  }
}

function readLogin({ login }: DraftContent, limits: Limits): Choice | Problem {
  const isAllowed = isFixed('login', limits) || (limits.login?.value.includes(login) ?? true)
  return isAllowed ? { option: 'login', value: login, written: login } : { field: 'login', what: 'login not allowed' }
}

function readMax({ max: written }: DraftContent, limits: Limits): Choice | Problem | undefined {
  if (isFixed('max', limits)) return undefined
  const needed = limits.max !== null
  const atMost = limits.max?.value ?? mostDownloads
  if (written === '' && !needed) return { option: 'max', value: null, written }
  const isCount = /^\d{1,6}$/.test(written) && Number(written) >= 1 && Number(written) <= atMost
  if (!isCount) return { field: 'max', what: 'count not allowed', atMost, needed }
  return { option: 'max', value: Number(written), written }
}

function readLastDay({ expires: written }: DraftContent, limits: Limits, now: Date): Choice | Problem | undefined {
  const expiry = readExpiry(written)
  if (isFixed('expires', limits) || expiry === undefined) return undefined
  const days = limits.expiresDays.value
  const isAllowed = expiry !== 'nonsense' && expiryProblem(expiry, days, now) === null
  return isAllowed ? { option: 'expires', value: expiry, written } : { field: 'expires', what: 'day not allowed', days }
}

/** Undefined where nothing was filled in. */
function readExpiry(written: string): Expiry | undefined | 'nonsense' {
  if (written === '') return undefined
  const day = new Date(`${written}T00:00:00Z`)
  const isDay =
    /^\d{4}-\d{2}-\d{2}$/.test(written) && day.toString() !== 'Invalid Date' && day.toISOString().startsWith(written)
  return isDay ? { date: written } : 'nonsense'
}
