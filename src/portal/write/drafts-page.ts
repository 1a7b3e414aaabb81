import type { Language } from '#model.ts'
import { dateAndTime } from '#portal/pages/date-and-time.ts'
import { html, type Html } from '#portal/pages/html.ts'
import { layout, type PageContext } from '#portal/pages/layout.ts'
import { paging } from '#portal/pages/paging.ts'
import { words } from '#portal/pages/words.ts'
import { draftsWords } from './words.ts'

interface DraftView {
  id: string
  subject: string
  /** Recipients as they were typed. */
  to: string
  changedAt: Date
}

interface DraftList {
  drafts: DraftView[]
  discarded: DraftView[]
  /** The draft that was discarded a moment ago. */
  justDiscarded: string | null
  discardedDays: number
  first: string | null
  next: string | null
}

/** The messages that somebody has begun, the latest first, and those that they have discarded. */
export function draftsPage(context: PageContext, { drafts, discarded, justDiscarded, ...list }: DraftList): Html {
  const { language } = context
  const say = draftsWords[language]
  const content = html`${
      justDiscarded !== null &&
      html`<div class="done" role="status">
        <p>${say.justDiscarded}</p>
        ${button(`/drafts/${justDiscarded}/restore`, say.undo)}
      </div>`
    }
    <p><a href="/new">${say.write}</a></p>
    ${drafts.length === 0 && html`<p>${say.none}</p>`}
    <ul class="messages">
      ${drafts.map(draft => oneDraft(language, draft, button(`/drafts/${draft.id}/discard`, say.discard, draft.subject)))}
    </ul>
    ${paging(language, list)}
    ${
      discarded.length > 0 &&
      html`<section class="aside" aria-labelledby="discarded">
        <h2 id="discarded">${say.discardedTitle}</h2>
        <p class="hint">${say.discardedHint(list.discardedDays)}</p>
        <ul class="messages">
          ${discarded.map(draft =>
            oneDraft(
              language,
              draft,
              html`${button(`/drafts/${draft.id}/restore`, say.restore, draft.subject)}
              ${button(`/drafts/${draft.id}/delete`, say.delete, draft.subject)}`,
            ),
          )}
        </ul>
      </section>`
    }`
  return layout({ ...context, menu: 'elsewhere' }, say.title, content)
}

function oneDraft(language: Language, { id, subject, to, changedAt }: DraftView, buttons: Html): Html {
  const say = draftsWords[language]
  return html`<li>
    <p class="subject">
      <a href="/new/${id}"><bdi>${subject || words[language].noSubject}</bdi></a>
    </p>
    ${to !== '' && html`<p class="note">${say.to} <bdi>${to.slice(0, 300)}</bdi></p>`}
    <p class="note">
      ${say.changed} <time datetime="${changedAt.toISOString()}">${dateAndTime(changedAt, language)}</time>
    </p>
    <div class="buttons">${buttons}</div>
  </li>`
}

/** A button with its own form. `what` is heard, not seen: it tells one button from the others. */
function button(action: string, label: string, what = ''): Html {
  return html`<form method="post" action="${action}">
    <button class="quiet">
      ${label}<span class="unseen"> <bdi>${what}</bdi></span>
    </button>
  </form>`
}
