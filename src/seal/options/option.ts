import type { Language, Login } from '#model.ts'

/** How long a message can be opened: days from now, or to the end of a day (`2026-12-31`). */
export type Expiry = { days: number } | { date: string }

/** The options as they are chosen, by name; `max: null` is unlimited. */
export interface OptionValues {
  login: Login
  max: number | null
  private: boolean
  expires: Expiry
  receipt: boolean
  lang: Language
}

export type OptionName = keyof OptionValues

/** One option with its value. */
export type Setting = { [Name in OptionName]: { option: Name; value: OptionValues[Name] } }[OptionName]

/** One option as somebody chose it, with the words in which they did. */
export type Choice = Setting & { written: string }
