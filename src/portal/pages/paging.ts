import type { Language } from '#model.ts'
import { html, type Html } from './html.ts'

const older: Record<Language, string> = { sv: 'Äldre', en: 'Older' }
const newest: Record<Language, string> = { sv: 'Till de senaste', en: 'To the latest' }
const pages: Record<Language, string> = { sv: 'Sidor', en: 'Pages' }

/** Links to what comes before, and back to the beginning; nothing where everything is on one page. */
export function paging(
  language: Language,
  { first, next }: { first: string | null; next: string | null },
): Html | null {
  if (first === null && next === null) return null
  return html`<nav class="paging" aria-label="${pages[language]}">
    ${first !== null && html`<a href="${first}">${newest[language]}</a>`}
    ${next !== null && html`<a href="${next}" rel="next">${older[language]}</a>`}
  </nav>`
}
