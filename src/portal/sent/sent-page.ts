import type { SentRow } from '#database/sent.ts'
import type { Language } from '#model.ts'
import { dateAndTime } from '#portal/pages/date-and-time.ts'
import { html, type Html } from '#portal/pages/html.ts'
import { layout, type PageContext } from '#portal/pages/layout.ts'
import { paging } from '#portal/pages/paging.ts'
import { words } from '#portal/pages/words.ts'
import { sentListWords } from './words.ts'

interface SentList {
  messages: SentRow[]
  /** What was searched for; empty for everything. */
  search: string
  first: string | null
  next: string | null
}

/** The messages that somebody has sent, the latest first. */
export function sentPage(context: PageContext, { messages, search, ...pages }: SentList): Html {
  const { language } = context
  const say = sentListWords[language]
  const isEmpty = messages.length === 0 && search === '' && pages.first === null
  const content = isEmpty
    ? html`<p>${say.none}</p>
        <p><a href="/new">${say.write}</a></p>`
    : html`<form class="search" role="search" method="get" action="/sent">
          <label for="search">${say.search}</label>
          <p class="row">
            <input id="search" name="search" type="search" value="${search}" maxlength="200" />
            <button class="quiet">${say.find}</button>
            ${search !== '' && html`<a href="/sent">${say.all}</a>`}
          </p>
        </form>
        ${
          messages.length === 0
            ? html`<p role="status">${say.notFound}</p>`
            : html`<ul class="messages">
                ${messages.map(message => oneMessage(language, message))}
              </ul>`
        }
        ${paging(language, pages)}`
  return layout({ ...context, menu: 'sent' }, words[language].menu.sent, content)
}

function oneMessage(language: Language, message: SentRow): Html {
  const say = sentListWords[language]
  const time = (date: Date) => html`<time datetime="${date.toISOString()}">${dateAndTime(date, language)}</time>`
  const more = message.recipients - message.firstRecipients.length
  const to = message.firstRecipients.map((address, index) => html`${index > 0 && ', '}<bdi>${address}</bdi>`)
  const hasExpired = message.endedAt !== null || message.expiresAt <= new Date()
  return html`<li>
    <p class="subject">
      <a href="/sent/${message.id}"><bdi>${message.subject || words[language].noSubject}</bdi></a>
    </p>
    <p class="note">${say.to} ${to}${more > 0 && ` ${say.andMore(more)}`}</p>
    <p class="note">${say.sentAt} ${time(message.createdAt)}</p>
    <p class="note">
      ${
        message.revoked
          ? html`<strong class="state">${say.revoked}</strong>`
          : hasExpired
            ? html`<strong class="state">${say.expired}</strong> ${time(message.expiresAt)}`
            : html`${say.until} ${time(message.expiresAt)}`
      }
    </p>
    <p class="note">${summary(language, message)}</p>
  </li>`
}

/** What became of the copies, without what there is none of. */
function summary(language: Language, message: SentRow): Html {
  const say = sentListWords[language]
  const kinds = ['queued', 'sent', 'bounced', 'withdrawn', 'fetched'] as const
  const parts = kinds
    .filter(kind => message[kind] > 0)
    .map(kind => html`<span class="state ${kind === 'bounced' && 'bad'}">${say[kind](message[kind])}</span>`)
  return html`${parts.map((part, index) => html`${index > 0 && ' · '}${part}`)}`
}
