import { html, type Html, type HtmlValue } from './html.ts'
import { layout, type PageContext } from './layout.ts'
import { sender } from './sender.ts'
import { words } from './words.ts'

/** A page that says one thing, in one or more paragraphs; null is none. */
export function noticePage(context: PageContext, title: string, ...paragraphs: HtmlValue[]): Html {
  return layout(context, title, html`${paragraphs.map(paragraph => paragraph !== null && html`<p>${paragraph}</p>`)}`)
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
