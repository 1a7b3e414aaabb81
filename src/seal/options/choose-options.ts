import { Failure } from '#failure.ts'
import type { Language, Options } from '#model.ts'
import { expiresAt, expiryProblem } from './expiry.ts'
import type { Limits } from './limits.ts'
import type { OptionName } from './option.ts'
import type { Choice } from './option.ts'
import { setWithinLimits, type OriginatedValues, type SetOptions } from './set-options.ts'
import { quoted } from '#texts/quoted.ts'
import { inEach, type Words } from '#texts/words.ts'
import { optionWords } from './option-words.ts'

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
  const settled = <Name extends OptionName>(name: Name): OriginatedValues[Name] => {
    const source = wishes.sender.find(({ choices }) => choices.has(name))
    const choice = source?.choices.get(name)
    if (!source || !choice) return values[name]
    refuseUnlessAllowed(choice, source.where, { values, limits, now })
    return { value: choice.value, origin: source.origin } as OriginatedValues[Name]
  }
  const {
    login,
    max,
    private: sealed,
    expires,
    receipt,
    lang,
  } = {
    login: settled('login'),
    max: settled('max'),
    private: settled('private'),
    expires: settled('expires'),
    receipt: settled('receipt'),
    lang: settled('lang'),
  }
  return {
    options: {
      login: login.value,
      max: max.value,
      private: sealed.value,
      expiresAt: expiresAt(expires.value, now),
      receipt: receipt.value,
      lang: lang.value,
    },
    origins: {
      login: login.origin,
      max: max.origin,
      private: sealed.origin,
      expiresAt: expires.origin,
      receipt: receipt.origin,
      lang: lang.origin,
    },
  }
}

interface Allowed {
  values: OriginatedValues
  limits: Limits
  now: Date
}

function refuseUnlessAllowed(choice: Choice, where: Words, { values, limits, now }: Allowed): void {
  const option = quoted(choice.written)
  const always = choice.option === 'private' ? limits.private?.value : undefined
  const isLocked = limits.locked.has(choice.option) || (always !== undefined && always !== choice.value)
  const { value } = values[choice.option]
  if (isLocked && JSON.stringify(value) !== JSON.stringify(choice.value))
    throw new Failure('OPTION_LOCKED', { option, where, locked: optionWords(choice.option, value) })
  const bounds = problemWith(choice, limits, now)
  if (bounds !== null) throw new Failure('OPTION_OUT_OF_BOUNDS', { option, where, bounds })
}

function problemWith(choice: Choice, { login, max, expiresDays }: Limits, now: Date): Words | null {
  if (choice.option === 'login' && login && !login.value.includes(choice.value))
    return joined(login.value.map(level => optionWords('login', level)))
  if (choice.option === 'max' && max && (choice.value === null || choice.value > max.value))
    return atMost(optionWords('max', max.value))
  return choice.option === 'expires' ? expiryProblem(choice.value, expiresDays.value, now) : null
}

const or: Words = { en: ' or ', sv: ' eller ' }

function joined(options: Words[]): Words {
  return inEach(language => options.map(option => option[language]).join(or[language]))
}

function atMost(option: Words): Words {
  return { en: `at most ${option.en}`, sv: `högst ${option.sv}` }
}
