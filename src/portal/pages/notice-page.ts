import { html, type Html, type HtmlValue } from './html.ts'
import { layout, type PageContext } from './layout.ts'
import { loginForm } from './login-page.ts'
import { sender } from './sender.ts'
import { words } from './words.ts'

/** A page that says one thing, in one or more paragraphs; null is none. */
export function noticePage(context: PageContext, title: string, ...paragraphs: HtmlValue[]): Html {
  return layout(context, title, html`${paragraphs.map(paragraph => paragraph !== null && html`<p>${paragraph}</p>`)}`)
}

/** For a link that leads nowhere, or no longer, as far as this visitor may know. `at` where a login there may tell more. */
export function unknownPage(context: PageContext, at: string | null): Html {
  const say = words[context.language]
  const content = html`<p>${say.unknown}</p>
    ${
      at !== null &&
      html`<p>${say.unknownLogIn}</p>
        ${loginForm(context, { action: `${at}/login` })}
        <p class="below">${say.noAccountTitle(context.organisation)} <a href="${at}/code">${say.unknownByCode}</a></p>`
    }`
  return layout(context, say.unknownTitle, content)
}

/** For a rightful recipient of something that has come to its end: what happened, and whom to ask. */
export function endedPage(
  context: PageContext,
  { title, what, senderName }: { title: string; what: string; senderName: string },
  back: Html | null = null,
): Html {
  const say = words[context.language]
  return noticePage(context, title, what, html`${say.askSender} ${sender(senderName)}`, back)
}
