import type { FormName } from '#options/option-records.ts'
import type { FormField } from '#options/option.ts'
import { box } from '#portal/pages/form-fields.ts'
import type { OptionField } from './option-field.ts'
import { optionsWords } from './words.ts'

type Form = Extract<FormField, { kind: 'box' }>

/** A box to tick, for a flag. A box that is not ticked is not posted. */
export function boxField(option: FormName, { label, hint }: Form): OptionField<boolean, boolean, boolean> {
  return {
    postedAs: option,
    typed: value => value,
    read: written => written !== '',
    choose: value => ({ value }),
    show: ({ language, typed, isSettled }) => {
      const help = isSettled ? optionsWords[language].settled : hint[language]
      return box(option, label[language], typed, help, isSettled)
    },
    defaults: {
      postedAs: option,
      read: written => written !== '',
      show: ({ language, value }) => box(option, label[language], value),
    },
  }
}
