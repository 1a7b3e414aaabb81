import type { Language } from '#model.ts'
import type { SentProblem } from '#portal/pages/problem.ts'
import { html, type Html } from '#portal/pages/html.ts'
import { recipientsField } from '#portal/recipients/recipients-field.ts'
import type { SentView } from './sent-view.ts'
import { sentWords } from './words.ts'

/** What can be done about a message that can still be opened, each thing with a form of its own. */
export function changes(language: Language, view: SentView): Html {
  const say = sentWords[language]
  return html`<section class="changes" aria-labelledby="changes">
    <h2 id="changes">${say.changeTitle}</h2>
    ${addForm(language, view)} ${view.extend && extendForm(language, view, view.extend)}
    ${view.raise && raiseForm(language, view, view.raise)}
    <h3>${say.revokeTitle}</h3>
    <p class="hint">${say.revokeHint}</p>
    <p><a class="button" href="${view.at}/revoke">${say.revoke}</a></p>
  </section>`
}

function addForm(language: Language, { at, login, typed, problems }: SentView): Html {
  const say = sentWords[language]
  return html`<form data-typed method="post" action="${at}/recipients">
    <h3>${say.addTitle}</h3>
    <label for="to">${say.addLabel}</label>
    ${recipientsField(
      language,
      typed.to,
      problems.some(problem => problem.field === 'to'),
    )}
    <p class="hint" id="to-hint">${say.addHint} ${login === 'none' ? say.addAnybody : say.addOutsiders}</p>
    <button class="quiet">${say.add}</button>
  </form>`
}

function extendForm(
  language: Language,
  { at, typed, problems }: SentView,
  { firstDay, lastDay, atMostDays }: NonNullable<SentView['extend']>,
): Html {
  const say = sentWords[language]
  return html`<form data-typed method="post" action="${at}/extend">
    <h3>${say.extendTitle}</h3>
    <label for="expires">${say.extendLabel}</label>
    <input
      id="expires"
      name="expires"
      class="short"
      type="date"
      required
      min="${firstDay}"
      max="${lastDay}"
      value="${typed.expires}"
      aria-describedby="expires-hint"
      ${invalid(problems, 'expires')}
    />
    <p class="hint" id="expires-hint">${say.extendHint(atMostDays)}</p>
    <button class="quiet">${say.extend}</button>
  </form>`
}

function raiseForm(
  language: Language,
  { at, typed, problems }: SentView,
  { max, atLeast, atMost, orUnlimited }: NonNullable<SentView['raise']>,
): Html {
  const say = sentWords[language]
  return html`<form data-typed method="post" action="${at}/max">
    <h3>${say.raiseTitle}</h3>
    <label for="max">${say.raiseLabel}</label>
    <input
      id="max"
      name="max"
      class="short"
      type="number"
      inputmode="numeric"
      min="${atLeast}"
      max="${atMost}"
      ${!orUnlimited && html`required`}
      value="${typed.max}"
      aria-describedby="max-hint"
      ${invalid(problems, 'max')}
    />
    <p class="hint" id="max-hint">${say.raiseHint(max, atMost, orUnlimited)}</p>
    <button class="quiet">${say.raise}</button>
  </form>`
}

function invalid(problems: SentProblem[], field: SentProblem['field']): Html | false {
  return problems.some(problem => problem.field === field) && html`aria-invalid="true"`
}
