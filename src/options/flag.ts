import { z } from 'zod'
import type { Words } from '#texts/words.ts'
import type { FormField, Limit, OptionRecord, Spellings } from './option.ts'

/** The words for yes and no behind a key. */
export const on: Spellings = { en: ['yes', 'on', 'true'], sv: ['ja', 'på'] }
export const off: Spellings = { en: ['no', 'off', 'false'], sv: ['nej', 'av'] }

const yes: Words = { en: 'yes', sv: 'ja' }
const no: Words = { en: 'no', sv: 'nej' }

/** What tells one flag from another. */
interface Flag<Name, Described, Form> extends Pick<OptionRecord<boolean>, 'keys' | 'hint' | 'example' | 'docs'> {
  name: Name
  /** They say no without a key: `not private`. */
  noPhrases: Spellings
  builtIn: boolean
  description: string
  /** The description of its bound; null if an admin can only lock it. */
  bound: Described
  form: Form
}

/** The record of an option that is yes or no. Its key alone means yes. A bound settles it. */
export function flag<Name extends string, Described extends string | null, Form extends FormField | null>(
  its: Flag<Name, Described, Form>,
) {
  const { name, keys, noPhrases, builtIn, description, bound, form, hint, example, docs } = its
  return {
    keys,
    phrases: [
      [true, keys],
      [false, noPhrases],
    ],
    values: [
      [true, on],
      [false, off],
    ],
    read: null,
    readAlone: null,
    isFlag: true,
    say: value => (value ? yes : no),
    hint,
    example,
    builtIn: () => builtIn,
    setting: { name, schema: z.boolean(), description, example: builtIn, valueOf: value => value },
    bound: (bound === null ? null : flagBound(name, bound, builtIn)) as Described extends null
      ? null
      : ReturnType<typeof flagBound<Name>>,
    form,
    docs,
  } satisfies OptionRecord<boolean>
}

function flagBound<Name extends string>(name: Name, description: string, example: boolean) {
  return {
    name,
    schema: z.boolean(),
    description,
    example,
    /** Yes is stricter than no. */
    add: (before: Limit<boolean> | null, next: Limit<boolean>) =>
      before === null || (next.value && !before.value) ? next : before,
    within: (_: boolean, limit: boolean) => limit,
    // Who asks for the other value is told that it is settled.
    problem: () => null,
  }
}
