import type { Language } from '#model.ts'
import { html, type Html } from '#portal/pages/html.ts'
import { recipientsWords } from './words.ts'

/** The field for recipients, as lines of text. A script shows them one by one, and suggests more. */
export function recipientsField(language: Language, typed: string, isInvalid: boolean): Html {
  return html`<textarea
    id="to"
    name="to"
    rows="2"
    autocomplete="off"
    autocapitalize="none"
    spellcheck="false"
    aria-describedby="to-hint"
    data-suggestions="${JSON.stringify(recipientsWords[language])}"
    ${isInvalid && html`aria-invalid="true"`}
  >
${typed}</textarea>`
}
