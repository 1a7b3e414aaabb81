import type { FormName } from '#options/option-records.ts'
import type { FormChoice, FormField } from '#options/option.ts'
import { html, type Html } from '#portal/pages/html.ts'
import { fill } from '#texts/words.ts'
import type { OptionField, ShownField } from './option-field.ts'
import { optionsWords } from './words.ts'

type Form = Extract<FormField, { kind: 'radios' }>

/** One button for each value that may be chosen. */
export function radiosField(option: FormName, { label, choices }: Form): OptionField<string, string, string[]> {
  const values = Object.keys(choices)
  // A field called `login` is that of the form to log in, which carries this form along.
  const postedAs = `${option}-kind`
  return {
    postedAs,
    typed: value => value,
    read: written => values.find(value => value === written) ?? values[0]!,
    choose: (value, limit) =>
      limit === null || limit.value.includes(value)
        ? { value }
        : { problem: { field: option, what: 'choice not allowed' } },
    show: shown =>
      html`<fieldset class="who" id="${option}">
        <legend>${label[shown.language]}</legend>
        ${shown.isSettled && html`<p class="hint">${optionsWords[shown.language].settled}</p>`}
        ${(shown.limit?.value ?? values).map(value => radio(option, postedAs, { value, ...choices[value]! }, shown))}
      </fieldset>`,
    defaults: {
      postedAs,
      read: written => values.find(value => value === written),
      show: ({ language, value: chosen, limit }) =>
        html`<fieldset class="who">
          <legend>${label[language]}</legend>
          ${(limit?.value ?? values).map(
            value =>
              html`<div class="choice">
                <input
                  type="radio"
                  id="${option}-${value}"
                  name="${postedAs}"
                  value="${value}"
                  ${chosen === value && html`checked`}
                />
                <label for="${option}-${value}">${choices[value]!.label[language]}</label>
              </div>`,
          )}
        </fieldset>`,
    },
  }
}

function radio(
  option: FormName,
  postedAs: string,
  { value, label, hint, isRisky }: FormChoice & { value: string },
  { language, organisation, typed, isSettled }: ShownField<string, string[]>,
): Html {
  const help = fill(hint[language], { organisation }, { language, letters: true })
  return html`<div class="choice${isRisky && ' risky'}">
    <input
      type="radio"
      id="${option}-${value}"
      name="${postedAs}"
      value="${value}"
      aria-describedby="${option}-${value}-hint"
      ${typed === value && html`checked`}
      ${isSettled && html`disabled`}
    />
    <label for="${option}-${value}">${label[language]}</label>
    <p class="hint" id="${option}-${value}-hint">${help}</p>
  </div>`
}
