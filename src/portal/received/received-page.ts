import type { Language } from '#model.ts'
import { dateAndTime } from '#portal/pages/date-and-time.ts'
import { html, type Html } from '#portal/pages/html.ts'
import { layout, type PageContext } from '#portal/pages/layout.ts'
import { paging } from '#portal/pages/paging.ts'
import { sender } from '#portal/pages/sender.ts'
import { words } from '#portal/pages/words.ts'
import { receivedWords } from './words.ts'

/** A received message in the list. */
export interface ReceivedView {
  /** Where it is opened; null where it cannot be any more. */
  at: string | null
  subject: string
  senderName: string
  receivedAt: Date
  expiresAt: Date
  state: 'new' | 'fetched' | 'used up' | 'expired' | 'revoked'
  files: number
  private: boolean
  /** Downloads that are left, of so many; null where nothing limits them. */
  left: { count: number; max: number } | null
  /** The address that it was sent to, where it is not one's own first one. */
  to: string | null
}

/** The messages that somebody has received, the latest first. */
export function receivedPage(
  context: PageContext,
  { messages, ...pages }: { messages: ReceivedView[]; first: string | null; next: string | null },
): Html {
  const { language } = context
  const say = receivedWords[language]
  const content =
    messages.length === 0
      ? html`<p>${say.none}</p>`
      : html`<ul class="messages">
            ${messages.map(message => oneMessage(language, message))}
          </ul>
          ${paging(language, pages)}`
  return layout({ ...context, menu: 'received' }, words[language].menu.received, content)
}

function oneMessage(language: Language, message: ReceivedView): Html {
  const say = receivedWords[language]
  const subject = html`<bdi>${message.subject || words[language].noSubject}</bdi>`
  const isOpen = message.at !== null
  const what = [message.private && say.text, message.files > 0 && say.files(message.files)].filter(Boolean).join(' · ')
  const time = (date: Date) => html`<time datetime="${date.toISOString()}">${dateAndTime(date, language)}</time>`
  return html`<li>
    <p class="subject">${isOpen ? html`<a href="${message.at}">${subject}</a>` : subject}</p>
    <p class="note">${sender(message.senderName)}</p>
    ${message.to !== null && html`<p class="note">${say.to} <bdi>${message.to}</bdi></p>`}
    <p class="note">${say.received} ${time(message.receivedAt)}${what !== '' && ` · ${what}`}</p>
    <p class="note">
      <strong class="state ${message.state === 'new' && 'fresh'}">${say[message.state]}</strong>
      ${message.state === 'expired' && time(message.expiresAt)}
      ${isOpen && html` · ${say.until} ${time(message.expiresAt)}`}
      ${isOpen && message.left && ` · ${say.left(message.left)}`}
    </p>
  </li>`
}
