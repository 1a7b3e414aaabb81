import { chooseOptions, type SenderChoices } from '#options/choose-options.ts'
import { isSettled, limitsFor, type Limits } from '#options/limits.ts'
import type { Choice, Options, SetValues } from '#options/option-records.ts'
import { setWithinLimits, withoutLocked, type OriginatedValues, type SetOptions } from '#options/set-options.ts'
import type { Problem } from '#portal/pages/problem.ts'
import type { PortalSettings } from '#portal/server/portal-deps.ts'
import { formNames, optionFields, type FormValues } from './form-values.ts'

type Settings = Pick<PortalSettings, 'classify' | 'language'>

/** What may be chosen, and what is chosen before anybody does. */
export interface Choosable {
  limits: Limits
  values: OriginatedValues
}

/** What may be chosen for a message from this sender to these recipients; their own defaults go before the admin's. */
export function choosable(
  { classify, language }: Settings,
  own: SetValues,
  envelope: { sender: string; recipients: string[] },
): Choosable {
  const recipients = envelope.recipients.map(address => ({ address, parameters: [] }))
  const limits = limitsFor(classify, { sender: envelope.sender, parameters: [], recipients })
  return { limits, values: setWithinLimits(setOptions(classify, own, limits), limits, language) }
}

function setOptions(classify: Settings['classify'], own: SetValues, limits: Limits): SetOptions[] {
  return [
    { origin: 'account', options: withoutLocked(own, limits) },
    { origin: 'default', options: classify.defaults },
  ]
}

/** The options of the message as the form says, or what is wrong with them. */
export function settleOptions(
  { classify, language }: Settings,
  { limits }: Choosable,
  { content, own, now }: { content: FormValues; own: SetValues; now: Date },
): { options: Options } | { problems: Problem[] } {
  const { choices, problems } = readChoices(content, limits, now)
  if (problems.length > 0) return { problems }
  const sender = [{ origin: 'page' as const, where: { en: 'the form', sv: 'formuläret' }, choices }]
  return { options: chooseOptions({ sender, set: setOptions(classify, own, limits), language }, limits, now).options }
}

/** What is settled by the admin is not read: a browser posts nothing for it. */
function readChoices(content: FormValues, limits: Limits, now: Date) {
  const choices: SenderChoices['choices'] = new Map()
  const problems: Problem[] = []
  for (const option of formNames.filter(name => !isSettled(name, limits))) {
    const chosen = optionFields[option].choose(content[option] as never, limits[option] as never, now)
    if (chosen && 'problem' in chosen) problems.push(chosen.problem)
    else if (chosen) choices.set(option, { option, value: chosen.value, written: String(content[option]) } as Choice)
  }
  return { choices, problems }
}
