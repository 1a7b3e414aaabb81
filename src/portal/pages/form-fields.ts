import type { Problem } from './problem.ts'
import { html, type Html } from './html.ts'

/** Attributes of a field at which something is wrong. */
export function invalid(problems: Problem[], field: Problem['field']): Html | false {
  return problems.some(problem => problem.field === field) && html`aria-invalid="true"`
}

/** A box to tick. */
export function box(name: string, label: string, isTicked: boolean, hint?: string, isFixed = false): Html {
  return html`<div class="choice">
    <input
      type="checkbox"
      id="${name}"
      name="${name}"
      value="yes"
      ${isTicked && html`checked`}
      ${isFixed && html`disabled`}
      ${hint !== undefined && html`aria-describedby="${name}-hint"`}
    />
    <label for="${name}">${label}</label>
    ${hint !== undefined && html`<p class="hint" id="${name}-hint">${hint}</p>`}
  </div>`
}
