import type { Language } from '#model.ts'
import type { Limit } from '#options/option.ts'
import type { Html } from '#portal/pages/html.ts'
import type { Problem } from '#portal/pages/problem.ts'

/** A value as it stands in a form: numbers and days as they were typed. */
export type Typed<Value> = Value extends boolean | string ? Value : string

/** The field of one option in the form of a message, and in the form of the defaults of an account. */
export interface OptionField<Value, Set, Limited> {
  /** The name under which browsers post it. */
  postedAs: string
  typed(value: Value, now: Date): Typed<Value>
  /** Reads what was posted; empty if nothing was. */
  read(written: string): Typed<Value>
  /** The value, or why it cannot be chosen; null if the field was left empty and the usual value counts. */
  choose(typed: Typed<Value>, limit: Limit<Limited> | null, now: Date): { value: Value } | { problem: Problem } | null
  show(shown: ShownField<Value, Limited>): Html
  /** In the form of the defaults. */
  defaults: {
    postedAs: string
    /** Undefined if it makes no sense; it is then as good as not chosen. */
    read(written: string): Set | undefined
    show(shown: ShownDefault<Value, Limited>): Html
  }
}

/** A field as a page shows it. */
export interface ShownField<Value, Limited> {
  language: Language
  organisation: string
  typed: Typed<Value>
  limit: Limit<Limited> | null
  /** Whether the admin has settled it: it is then shown and cannot be changed. */
  isSettled: boolean
  problems: Problem[]
  now: Date
}

interface ShownDefault<Value, Limited> {
  language: Language
  value: Value
  limit: Limit<Limited> | null
}
