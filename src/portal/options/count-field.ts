import type { FormName } from '#options/option-records.ts'
import type { FormField, Limit } from '#options/option.ts'
import { invalid } from '#portal/pages/form-fields.ts'
import { html } from '#portal/pages/html.ts'
import { readCount } from './read-count.ts'
import type { OptionField } from './option-field.ts'
import { optionsWords } from './words.ts'

type Form = Extract<FormField, { kind: 'count' }>

/** A number from 1 on; empty is unlimited, if that may be chosen. */
export function countField(
  option: FormName,
  { label, hint, most }: Form,
): OptionField<number | null, number | null, number> {
  const typed = (value: number | null) => (value === null ? '' : String(value))
  const atMostOf = (limit: Limit<number> | null) => limit?.value ?? most
  return {
    postedAs: option,
    typed,
    read: written => written.trim(),
    choose: (written, limit) => {
      if (written === '' && limit === null) return { value: null }
      const atMost = atMostOf(limit)
      const value = /^\d{1,6}$/.test(written) ? readCount(written, atMost) : undefined
      const problem = { field: option, what: 'count not allowed', atMost, needed: limit !== null } as const
      return value === undefined ? { problem } : { value }
    },
    show: ({ language, typed: value, limit, isSettled, problems }) =>
      html`<label for="${option}">${label[language]}</label>
        <input
          id="${option}"
          name="${option}"
          class="short"
          type="number"
          inputmode="numeric"
          min="1"
          max="${atMostOf(limit)}"
          value="${value}"
          aria-describedby="${option}-hint"
          ${isSettled && html`disabled`}
          ${invalid(problems, option)}
        />
        <p class="hint" id="${option}-hint">${isSettled ? optionsWords[language].settled : hint[language]}</p>`,
    defaults: {
      postedAs: option,
      read: written => readCount(written, most) ?? null,
      show: ({ language, value, limit }) =>
        html`<label for="${option}">${label[language]}</label>
          <input
            id="${option}"
            name="${option}"
            class="short"
            type="number"
            min="1"
            max="${atMostOf(limit)}"
            value="${typed(value)}"
            aria-describedby="${option}-hint"
          />
          <p class="hint" id="${option}-hint">${hint[language]}</p>`,
    },
  }
}
