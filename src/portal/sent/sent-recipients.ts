import type { Language } from '#model.ts'
import { dateAndTime } from '#portal/pages/date-and-time.ts'
import { html, type Html } from '#portal/pages/html.ts'
import type { Doings, SentRecipientView, SentView, Times } from './sent-view.ts'
import { sentWords } from './words.ts'

/** Each recipient: what became of their copy, what they have done with the message, and what can be done about it. */
export function recipients(language: Language, view: SentView): Html {
  const say = sentWords[language]
  const hasAutomatic = [...view.recipients, ...view.others].some(each => each.automatic > 0)
  return html`<section aria-labelledby="recipients">
    <h2 id="recipients">${say.recipientsTitle(view.recipients.length)}</h2>
    <ul class="files recipients">
      ${view.recipients.map(recipient => oneRecipient(language, view, recipient))}
    </ul>
    ${hasAutomatic && html`<p class="note below">${say.automaticHint}</p>`}
  </section>`
}

/** Others with an account who came by somebody's link. */
export function others(language: Language, all: SentView['others']): Html {
  const say = sentWords[language]
  return html`<section aria-labelledby="others">
    <h2 id="others">${say.othersTitle}</h2>
    <ul class="files recipients">
      ${all.map(
        other =>
          html`<li>
            <div class="file">
              <p class="name"><bdi>${say.account(other.account)}</bdi></p>
              ${doings(language, other)}
            </div>
          </li>`,
      )}
    </ul>
  </section>`
}

function oneRecipient(language: Language, { at }: SentView, recipient: SentRecipientView): Html {
  const say = sentWords[language]
  const { linkId, state } = recipient
  const name = html`<span class="unseen"> <bdi>${recipient.recipient}</bdi></span>`
  return html`<li>
    <div class="file">
      <p class="name"><bdi>${recipient.recipient}</bdi></p>
      <p class="note">
        <strong class="state ${state === 'bounced' && 'bad'}">${say[state]}</strong>
        ${state === 'queued' && recipient.at && ` · ${say.nextAttempt}`} ${recipient.at && time(language, recipient.at)}
      </p>
      ${recipient.reason !== null && html`<p class="note">${recipient.reason}</p>`}
      ${recipient.away && html`<p class="note">${say.away}</p>`}
      ${
        recipient.serverReply !== null &&
        html`<p class="note">
          ${say.serverSaid} <code lang="en"><bdi>${recipient.serverReply}</bdi></code>
        </p>`
      }
      ${recipient.earlier.map(
        copy => html`<p class="note">${say.earlier} ${say[copy.state]} ${copy.at && time(language, copy.at)}</p>`,
      )}
      ${doings(language, recipient)}
    </div>
    ${
      recipient.canChange &&
      html`<div class="recipient-buttons">
        ${
          state !== 'queued' &&
          html`<form method="post" action="${at}/resend">
            <input type="hidden" name="link" value="${linkId}" />
            <button class="quiet">${say.sendAgain}${name}</button>
          </form>`
        }
        <a class="button" href="${at}/revoke?link=${linkId}">${say.revokeOne}${name}</a>
      </div>`
    }
  </li>`
}

function doings(language: Language, { opened, automatic, fetched }: Doings): Html {
  const say = sentWords[language]
  return html`<p class="note">
      ${opened ? html`${say.opened(opened.times)}, ${span(language, opened)}` : say.notOpened}
    </p>
    ${automatic > 0 && html`<p class="note">${say.automatic(automatic)}</p>`}
    ${fetched.map(
      file =>
        html`<p class="note">
          <bdi>${file.isText ? say.theText : file.name}</bdi>: ${(file.isText ? say.shown : say.fetched)(file.times)},
          ${span(language, file)}
        </p>`,
    )}`
}

/** When, and where it was more than once, when first and last. */
function span(language: Language, { times, first, last }: Times): Html {
  const say = sentWords[language]
  if (times === 1) return time(language, first)
  return html`${say.first} ${time(language, first)}, ${say.last} ${time(language, last)}`
}

function time(language: Language, date: Date): Html {
  return html`<time datetime="${date.toISOString()}">${dateAndTime(date, language)}</time>`
}
