import { dayOf, expiryProblem, isDay, type Expiry } from '#options/expiry.ts'
import type { FormName } from '#options/option-records.ts'
import type { FormField, Limit } from '#options/option.ts'
import { invalid } from '#portal/pages/form-fields.ts'
import { html } from '#portal/pages/html.ts'
import { fill } from '#texts/words.ts'
import { readCount } from './read-count.ts'
import type { OptionField } from './option-field.ts'
import { optionsWords } from './words.ts'

type Form = Extract<FormField, { kind: 'day' }>

/** A last day, `2026-12-31`; empty for the usual one. Among the defaults of an account it is a number of days. */
export function dayField(
  option: FormName,
  { label, hint, daysLabel, mostDays }: Form,
): OptionField<Expiry, number, number> {
  const atMostOf = (limit: Limit<number> | null) => limit?.value ?? mostDays
  return {
    postedAs: option,
    typed: (expiry, now) => ('days' in expiry ? dayOf(now, expiry.days) : expiry.date),
    read: written => written.trim(),
    choose: (written, limit, now) => {
      if (written === '') return null
      const days = atMostOf(limit)
      const isAllowed = isDay(written) && expiryProblem({ date: written }, days, now) === null
      return isAllowed ? { value: { date: written } } : { problem: { field: option, what: 'day not allowed', days } }
    },
    show: ({ language, typed, limit, isSettled, problems, now }) => {
      const days = atMostOf(limit)
      const help = fill(hint[language], { days }, { language, letters: true })
      return html`<label for="${option}">${label[language]}</label>
        <input
          id="${option}"
          name="${option}"
          class="short"
          type="date"
          min="${dayOf(now)}"
          max="${dayOf(now, days)}"
          value="${typed}"
          aria-describedby="${option}-hint"
          ${isSettled && html`disabled`}
          ${invalid(problems, option)}
        />
        <p class="hint" id="${option}-hint">${isSettled ? optionsWords[language].settled : help}</p>`
    },
    defaults: {
      postedAs: 'days',
      read: written => readCount(written, mostDays),
      show: ({ language, value, limit }) =>
        html`<label for="days">${daysLabel[language]}</label>
          <input
            id="days"
            name="days"
            class="short"
            type="number"
            min="1"
            max="${atMostOf(limit)}"
            value="${'days' in value ? value.days : atMostOf(limit)}"
            required
          />`,
    },
  }
}
