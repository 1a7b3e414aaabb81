import type { SentRow } from '#database/sent.ts'
import type { Language } from '#model.ts'
import { dateAndTime } from '#portal/pages/date-and-time.ts'
import { html, type Html } from '#portal/pages/html.ts'
import { layout, type PageContext } from '#portal/pages/layout.ts'
import { paging } from '#portal/pages/paging.ts'
import { words } from '#portal/pages/words.ts'

const swedish = {
  none: 'Här visas säkra meddelanden som du har skickat, härifrån eller från ditt mejlprogram.',
  write: 'Skriv ett meddelande',
  search: 'Sök på ämne eller mottagare',
  find: 'Sök',
  all: 'Visa alla',
  notFound: 'Inget meddelande har det i ämnet eller bland mottagarna.',
  to: 'Till',
  andMore: (count: number) => `och ${count} till`,
  sentAt: 'Skickat',
  until: 'Kan öppnas till',
  expired: 'Gick ut',
  revoked: 'Återkallat',
  queued: (count: number) => `${count} på väg`,
  sent: (count: number) => `${count} ${count === 1 ? 'överlämnat' : 'överlämnade'} till mejlservern`,
  bounced: (count: number) => `${count} kom inte fram`,
  withdrawn: (count: number) => `${count} ${count === 1 ? 'återkallat' : 'återkallade'}`,
  fetched: (count: number) => `${count} har hämtat`,
}

const english: typeof swedish = {
  none: 'Secure messages that you have sent are shown here, from here or from your mail program.',
  write: 'Write a message',
  search: 'Search subjects and recipients',
  find: 'Search',
  all: 'Show all',
  notFound: 'No message has that in its subject or among its recipients.',
  to: 'To',
  andMore: count => `and ${count} more`,
  sentAt: 'Sent',
  until: 'Can be opened until',
  expired: 'Expired',
  revoked: 'Withdrawn',
  queued: count => `${count} on the way`,
  sent: count => `${count} handed over to the mail server`,
  bounced: count => `${count} did not arrive`,
  withdrawn: count => `${count} withdrawn`,
  fetched: count => `${count} ${count === 1 ? 'has' : 'have'} downloaded`,
}

export const sentListWords: Record<Language, typeof swedish> = { sv: swedish, en: english }

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
