import { isSettled, type Limits } from '#options/limits.ts'
import { html, type Html } from '#portal/pages/html.ts'
import type { PageContext } from '#portal/pages/layout.ts'
import type { Problem } from '#portal/pages/problem.ts'
import type { Choosable } from './choose.ts'
import { formNames, optionFields, type FormValues } from './form-values.ts'
import { optionsWords } from './words.ts'

/** The options of a message as its form shows them. */
export interface OptionsView {
  typed: FormValues
  limits: Limits
  now: Date
}

/** The fields of the options, each with one sentence of help. What the admin has settled is shown and cannot be changed. */
export function securityFields(context: PageContext, { typed, limits, now }: OptionsView, problems: Problem[]): Html {
  const { language, organisation } = context
  const fields = formNames.map(name => {
    const limit = limits[name]
    const shown = {
      language,
      organisation,
      typed: typed[name],
      limit,
      isSettled: isSettled(name, limits),
      problems,
      now,
    }
    return optionFields[name].show(shown as never)
  })
  return html`<fieldset class="security">
    <legend>${optionsWords[language].title}</legend>
    ${fields}
  </fieldset>`
}

/** The fields in which somebody settles what is chosen beforehand for the messages that they write. */
export function defaultFields({ language }: PageContext, { values, limits }: Choosable): Html[] {
  return formNames.map(name => {
    const shown = { language, value: values[name].value, limit: limits[name] }
    return optionFields[name].defaults.show(shown as never)
  })
}
