import type { z } from 'zod'
import type { Language } from '#model.ts'
import type { Words } from '#texts/words.ts'

/** Ways to write one thing, in each language. */
export type Spellings = Record<Language, string[]>

/**
 * All that is known of one option. The parser and its hints, bounds, locks, `explain`, the forms of the portal, the
 * configuration with its example and the tables of docs/marking.md are made from the records.
 *
 * `Set` is its value as an admin sets it, `Limited` what a bound of the admin's holds.
 */
export interface OptionRecord<Value, Set = Value, Limited = Value> {
  /** They stand before a value: `max=1`. Sentences use the first one. */
  keys: Spellings
  /** They say a value without a key: `open`. */
  phrases: [Value, Spellings][]
  /** They may follow a key. */
  values: [Value, Spellings][]
  /** Reads a value that is no fixed word, such as a number, behind a key. */
  read: Reader<Value> | null
  /** Reads such a value without a key before it. */
  readAlone: Reader<Value> | null
  /** Whether its key alone means yes, so that `private no login` is two options. */
  isFlag: boolean
  /** A value as it is written behind the key, in refusals and in `explain`. */
  say(value: Value): Words
  /** Tells a sender whose value is not understood which values there are. */
  hint: Words
  /** The option with another value than the built-in one, as a sender may write it. */
  example: Words
  /** The value if nobody chooses or sets another; `language` is that of the settings. */
  builtIn(language: Language): Value
  setting: OptionSetting<Value, Set>
  /** Null if an admin can only lock it. */
  bound: Bound<Value, Limited> | null
  /** Its field in the forms of the portal; null if they do not ask for it. */
  form: FormField | null
  docs: DocsTable
}

/**
 * Reads a value from the next words, at most three of them, lower case and without accents. Undefined if they are
 * something else; `outside` if no mail can have this value, with the values that there are.
 */
type Reader<Value> = (words: string[]) => Reading<Value> | undefined

/** A value, or what is allowed instead, and the number of words that were read. */
export type Reading<Value> = { value: Value; count: number } | { outside: Words; count: number }

/** How rules, defaults and accounts set an option. */
interface OptionSetting<Value, Set> {
  name: string
  schema: z.ZodType<Set>
  description: string
  /** Shown in the example of the configuration. */
  example: Set
  valueOf(set: Set): Value
}

/** A limit with the setting that draws it, for `explain`. */
export interface Limit<Value> {
  value: Value
  by: string
}

/** How an admin bounds an option. */
interface Bound<Value, Limited> {
  /** In an entry of `bounds`. */
  name: string
  schema: z.ZodType<Limited>
  description: string
  /** A limit that the example of the option is outside of. */
  example: Limited
  /** Adds up two limits that apply to one mail. */
  add(before: Limit<Limited> | null, next: Limit<Limited>): Limit<Limited>
  /** The allowed value that is nearest to this one; the same one if it is allowed. */
  within(value: Value, limit: Limited): Value
  /** What a sender may choose instead, as a fragment of a sentence; null if this value is allowed. */
  problem(value: Value, limit: Limited, now: Date): Words | null
}

/** Adds up limits of which the lowest counts. */
export function lowest(before: Limit<number> | null, next: Limit<number>): Limit<number> {
  return before === null || next.value < before.value ? next : before
}

/** A field of the forms for writing a message and for its defaults. Hints may hold `{organisation}` and `{days}`. */
export type FormField =
  | { kind: 'radios'; label: Words; choices: Record<string, FormChoice> }
  | { kind: 'count'; label: Words; hint: Words; most: number }
  | { kind: 'day'; label: Words; hint: Words; daysLabel: Words; mostDays: number }
  | { kind: 'box'; label: Words; hint: Words }

/** One of several values, shown with a warning if it is risky. */
export interface FormChoice {
  label: Words
  hint: Words
  isRisky?: boolean
}

/** The table in docs/marking.md: each row says what is meant, and lists ways to write it. */
interface DocsTable {
  title: string
  rows: { means: string; en: string[]; sv: string[] }[]
}
