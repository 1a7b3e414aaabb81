import { timeOfDay } from '#portal/pages/date-and-time.ts'
import { html, type Html } from '#portal/pages/html.ts'
import { layout, type PageContext } from '#portal/pages/layout.ts'
import { sender } from '#portal/pages/sender.ts'
import { words } from '#portal/pages/words.ts'

/** The text of a private message. */
export interface TextView {
  subject: string
  senderName: string
  /** Null if it is too long or too intricate to be shown, or is shown formatted. */
  text: string | null
  /** Where the formatted text is; null where there is none. */
  htmlAt: string | null
  /** Whether there are images or the like, which are not shown. */
  hasMore: boolean
  /** Where the sealed text itself can be fetched. */
  mailAt: string
  messageAt: string
  until: Date
}

/** Shows a private text: as its sender formatted it, in a frame of its own, or as plain text. */
export function textPage(context: PageContext, view: TextView): Html {
  const say = words[context.language]
  const content = html`<dl class="facts">
      <div>
        <dt>${say.from}</dt>
        <dd>${sender(view.senderName)}</dd>
      </div>
    </dl>
    <section aria-labelledby="text">
      <h2 id="text">${say.textPageTitle}</h2>
      ${shownText(context, view)} ${view.hasMore && html`<p class="note">${say.imagesLeftOut}</p>`}
    </section>
    <ul class="ways">
      <li><a href="${view.mailAt}">${say.downloadAsMail}</a></li>
      <li><a href="${view.messageAt}">${say.backToMessage}</a></li>
    </ul>
    <p class="note">${say.textUntil(timeOfDay(view.until, context.language))}</p>`
  return layout(context, view.subject || say.noSubject, content)
}

function shownText({ language }: PageContext, { text, htmlAt }: TextView): Html {
  const say = words[language]
  if (htmlAt !== null)
    return html`<iframe
        class="message-text"
        title="${say.textPageTitle}"
        src="${htmlAt}"
        sandbox="allow-popups allow-popups-to-escape-sandbox"
      ></iframe>
      <p><a href="${htmlAt}">${say.openTextAlone}</a></p>`
  if (text === null) return html`<p>${say.textTooLong}</p>`
  if (text.trim() === '') return html`<p>${say.noText}</p>`
  return html`<pre class="message-text" dir="auto">${text}</pre>`
}
