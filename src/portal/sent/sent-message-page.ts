import type { Language } from '#model.ts'
import type { SentProblem } from '#portal/pages/problem.ts'
import { humanSize } from '#texts/human-size.ts'
import { composeWords } from '#portal/pages/compose-words.ts'
import { dateAndTime } from '#portal/pages/date-and-time.ts'
import { html, type Html, type HtmlValue } from '#portal/pages/html.ts'
import { layout, type PageContext } from '#portal/pages/layout.ts'
import { noticePage } from '#portal/pages/notice-page.ts'
import { changes } from './sent-changes.ts'
import { others, recipients } from './sent-recipients.ts'
import type { SentView } from './sent-view.ts'
import { sentWords, type SentWords } from './words.ts'
import { words } from '#portal/pages/words.ts'

/** A message that was sent: what it is, what became of it for each recipient, and what can still be done about it. */
export function sentMessagePage(context: PageContext, view: SentView): Html {
  const { language } = context
  const say = sentWords[language]
  const content = html`${view.isJustSent && justSent(say)}
    ${view.done !== null && html`<p class="done" role="status">${say.done[view.done]}</p>`}
    ${problemsBox(language, view.problems)} ${facts(context, view)} ${view.files.length > 0 && files(language, view)}
    ${text(say, view)} ${recipients(language, view)} ${view.others.length > 0 && others(language, view.others)}
    ${view.state === 'open' && changes(language, view)}
    <p class="below"><a href="/sent">${say.back}</a></p>`
  return layout(
    { ...context, menu: 'sent' },
    view.subject || words[language].noSubject,
    content,
    view.problems.length > 0,
  )
}

function justSent(say: SentWords): Html {
  return html`<div class="done" role="status">
    <p><strong>${say.sentTitle}</strong></p>
    <p>${say.sentText}</p>
  </div>`
}

function problemsBox(language: Language, problems: SentProblem[]): Html | null {
  if (problems.length === 0) return null
  return html`<div class="error" role="alert" tabindex="-1">
    <p><strong>${sentWords[language].problemsTitle}</strong></p>
    <ul>
      ${problems.map(problem => html`<li><a href="#${problem.field}">${sentence(language, problem)}</a></li>`)}
    </ul>
  </div>`
}

function sentence(language: Language, problem: SentProblem): string {
  const sentences = { ...composeWords[language].problems, ...sentWords[language].problems }
  return (sentences[problem.what] as (problem: SentProblem) => string)(problem)
}

function facts({ language }: PageContext, view: SentView): Html {
  const say = sentWords[language]
  const time = (date: Date) => html`<time datetime="${date.toISOString()}">${dateAndTime(date, language)}</time>`
  const fact = (name: string, value: HtmlValue) =>
    html`<div>
      <dt>${name}</dt>
      <dd>${value}</dd>
    </div>`
  return html`<dl class="facts">
    ${fact(say.sentAt, time(view.createdAt))}
    ${
      view.state === 'revoked'
        ? fact(say.until, say.revoked)
        : fact(view.state === 'expired' ? say.expired : say.until, time(view.expiresAt))
    }
    ${fact(say.who, say[view.login])} ${fact(say.max, view.max ?? say.unlimited)}
    ${fact(say.receipt, view.receipt ? say.yes : say.no)}
  </dl>`
}

function files(language: Language, view: SentView): Html {
  return html`<section aria-labelledby="files">
    <h2 id="files">${sentWords[language].files}</h2>
    <ul class="files">
      ${view.files.map(
        file =>
          html`<li>
            <div class="file">
              <p class="name"><bdi>${file.name}</bdi></p>
              <p class="note">${humanSize(file.sizeBytes, language)}</p>
            </div>
          </li>`,
      )}
    </ul>
  </section>`
}

function text(say: SentWords, { text: shown, private: isPrivate, at }: SentView): Html | null {
  if (shown === null) return null
  return html`<section aria-labelledby="text">
    <h2 id="text">${say.text}</h2>
    ${isPrivate && html`<p class="note">${say.privateText}</p>`}
    ${shown.is === 'hidden' && html`<p><a href="${at}?text#text">${say.showText}</a></p>`}
    ${shown.is === 'too long' && html`<p>${say.textTooLong}</p>`}
    ${
      shown.is === 'shown' &&
      (shown.text.trim() === ''
        ? html`<p>${say.noText}</p>`
        : html`<pre class="message-text" dir="auto">${shown.text}</pre>`)
    }
  </section>`
}

/** Asks before a message is withdrawn, from everybody or from one recipient. */
export function confirmRevokePage(
  context: PageContext,
  { at, subject, link }: { at: string; subject: string; link: { id: string; recipient: string } | null },
): Html {
  const { language } = context
  const say = sentWords[language]
  const content = html`<p class="subject">
      <strong><bdi>${subject || words[language].noSubject}</bdi></strong>
    </p>
    <p>${link ? say.confirmOneText(link.recipient) : say.confirmAllText}</p>
    <form method="post" action="${at}/revoke">
      ${link && html`<input type="hidden" name="link" value="${link.id}" />`}
      <p class="buttons">
        <button>${link ? say.confirmOneButton : say.confirmAllButton}</button>
        <a class="button" href="${at}">${say.cancel}</a>
      </p>
    </form>`
  return layout({ ...context, menu: 'sent' }, link ? say.confirmOne : say.confirmAll, content)
}

/** For a message that is none of this account's, or that is gone. */
export function noSentMessagePage(context: PageContext): Html {
  const say = sentWords[context.language]
  return noticePage(context, say.unknownTitle, say.unknown, html`<a href="/sent">${say.back}</a>`)
}
