import type { Login } from '#model.ts'
import type { DraftContent } from './draft-content.ts'
import type { Problem } from '#portal/pages/problem.ts'
import { composeWords } from '#portal/pages/compose-words.ts'
import { box, invalid } from '#portal/pages/form-fields.ts'
import { html, type Html } from '#portal/pages/html.ts'
import type { PageContext } from '#portal/pages/layout.ts'

/** Who may open a message, how often and until when, as far as that can be chosen. */
export interface SecurityView {
  content: Pick<DraftContent, 'login' | 'max' | 'private' | 'expires' | 'receipt'>
  /** The levels that may be chosen. */
  logins: Login[]
  fixed: { login: boolean; max: boolean; private: boolean; expires: boolean; receipt: boolean }
  /** The longest that may be chosen. */
  expiresAtMostDays: number
  /** `2026-12-31`. */
  firstDay: string
  lastDay: string
  /** Downloads per recipient, at most; null for any number. */
  maxAtMost: number | null
}

/** The fields of the options, each with one sentence of help. What the admin has settled is shown and cannot be changed. */
export function securityFields(context: PageContext, view: SecurityView & { problems: Problem[] }): Html {
  const say = composeWords[context.language]
  const { content, fixed, problems } = view
  const days = view.expiresAtMostDays
  return html`<fieldset class="security">
    <legend>${say.security}</legend>
    ${whoField(context, view)}
    <label for="max">${say.max}</label>
    <input
      id="max"
      name="max"
      class="short"
      type="number"
      inputmode="numeric"
      min="1"
      max="${view.maxAtMost ?? 1000}"
      value="${content.max}"
      aria-describedby="max-hint"
      ${fixed.max && html`disabled`}
      ${invalid(problems, 'max')}
    />
    <p class="hint" id="max-hint">${fixed.max ? say.fixed : say.maxHint}</p>
    ${box('private', say.private, content.private, fixed.private ? say.fixed : say.privateHint, fixed.private)}
    <label for="expires">${say.expires}</label>
    <input
      id="expires"
      name="expires"
      class="short"
      type="date"
      min="${view.firstDay}"
      max="${view.lastDay}"
      value="${content.expires}"
      aria-describedby="expires-hint"
      ${fixed.expires && html`disabled`}
      ${invalid(problems, 'expires')}
    />
    <p class="hint" id="expires-hint">${fixed.expires ? say.fixed : say.expiresHint(days)}</p>
    ${box('receipt', say.receipt, content.receipt, fixed.receipt ? say.fixed : say.receiptHint, fixed.receipt)}
  </fieldset>`
}

function whoField({ language, organisation }: PageContext, view: SecurityView & { problems: Problem[] }): Html {
  const say = composeWords[language]
  const hints = {
    recipients: say.recipientsHint(organisation),
    locals: say.localsHint(organisation),
    none: say.noneHint,
  }
  const radio = (login: Login) =>
    html`<div class="choice${login === 'none' && ' risky'}">
      <input
        type="radio"
        id="login-${login}"
        name="login-kind"
        value="${login}"
        aria-describedby="login-${login}-hint"
        ${view.content.login === login && html`checked`}
        ${view.fixed.login && html`disabled`}
      />
      <label for="login-${login}">${say[login]}</label>
      <p class="hint" id="login-${login}-hint">${hints[login]}</p>
    </div>`
  return html`<fieldset class="who" id="login">
    <legend>${say.who}</legend>
    ${view.fixed.login && html`<p class="hint">${say.fixed}</p>`} ${view.logins.map(radio)}
  </fieldset>`
}
