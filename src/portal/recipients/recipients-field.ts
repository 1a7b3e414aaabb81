import type { Language } from '#model.ts'
import { html, type Html } from '#portal/pages/html.ts'

/** Words for the script of the field. */
const swedish = {
  chosen: 'Valda mottagare',
  suggestions: 'Förslag',
  count: 'Antal förslag, välj med piltangenterna:',
  group: 'Grupp med',
  added: 'Tillagd:',
  removed: 'Borttagen:',
  remove: 'Ta bort',
}

const english: typeof swedish = {
  chosen: 'Chosen recipients',
  suggestions: 'Suggestions',
  count: 'Suggestions, choose with the arrow keys:',
  group: 'Group of',
  added: 'Added:',
  removed: 'Removed:',
  remove: 'Remove',
}

export const recipientsWords: Record<Language, typeof swedish> = { sv: swedish, en: english }

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
