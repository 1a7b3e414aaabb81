import type { Language, Login } from '#model.ts'
import { inEach, type Words } from '#texts/words.ts'
import type { OptionName, OptionValues } from './option.ts'

/** What stands before the value of an option, as sentences write it. */
export const optionKeys: Record<OptionName, Words> = {
  login: { en: 'login', sv: 'inloggning' },
  max: { en: 'max', sv: 'antal' },
  private: { en: 'private', sv: 'privat' },
  expires: { en: 'expires', sv: 'giltig' },
  receipt: { en: 'receipt', sv: 'kvitto' },
  lang: { en: 'lang', sv: 'språk' },
}

const logins: Record<Login, Words> = {
  recipients: { en: 'recipients', sv: 'mottagare' },
  locals: { en: 'locals', sv: 'lokala' },
  none: { en: 'none', sv: 'ingen' },
}
const unlimited: Words = { en: 'unlimited', sv: 'obegränsat' }
const yes: Words = { en: 'yes', sv: 'ja' }
const no: Words = { en: 'no', sv: 'nej' }

/** An option with its value, as a sender may write it: `login=locals`, `inloggning=lokala`. */
export function optionWords(option: OptionName, value: OptionValues[OptionName]): Words {
  return inEach(language => `${optionKeys[option][language]}=${valueIn(language, value)}`)
}

function valueIn(language: Language, value: OptionValues[OptionName]): string {
  if (value === null) return unlimited[language]
  if (typeof value === 'boolean') return (value ? yes : no)[language]
  if (typeof value === 'object') return 'days' in value ? `${value.days}d` : value.date
  return typeof value === 'string' && Object.hasOwn(logins, value) ? logins[value as Login][language] : String(value)
}
