import { humanSize } from '#texts/human-size.ts'
import { dateAndTime, timeOfDay } from './date-and-time.ts'
import { html, type Html } from './html.ts'
import { layout, type PageContext } from './layout.ts'
import { sender } from './sender.ts'
import { words } from './words.ts'

/** A file as one person sees it. */
export interface FileView {
  name: string
  sizeBytes: number
  stillEncoded: boolean
  /** Where to ask for it: a form is posted there. */
  askAt: string
  /** Downloads that this person has left; null is unlimited. */
  left: number | null
  /** A ticket that this browser still holds, where it does. */
  again: { at: string; until: Date } | null
}

/** A message as one person sees it. */
export interface MessageView {
  subject: string
  /** As the From field shows it. */
  senderName: string
  expiresAt: Date
  /** Downloads per file and person; null is unlimited. */
  max: number | null
  ticketMinutes: number
  text: FileView | null
  files: FileView[]
  /** All of them at once. */
  zip: ZipView
}

/** Files and text as one zip. */
interface ZipView {
  sizeBytes: number
  /** Where to ask for it; null where there is only one file, or where one of them is used up. */
  askAt: string | null
  /** A zip whose tickets this browser still holds, where it does. */
  again: FileView['again']
}

/** The message: who sent it, until when it can be opened, its files and its text. */
export function messagePage(context: PageContext, view: MessageView): Html {
  const { language } = context
  const say = words[language]
  const content = html`<dl class="facts">
      <div>
        <dt>${say.from}</dt>
        <dd>${sender(view.senderName)}</dd>
      </div>
      <div>
        <dt>${say.openUntil}</dt>
        <dd><time datetime="${view.expiresAt.toISOString()}">${dateAndTime(view.expiresAt, language)}</time></dd>
      </div>
    </dl>
    ${view.text && text(context, view, view.text)} ${view.files.length > 0 && files(context, view)}
    ${view.max !== null && counting(context, view.ticketMinutes)}`
  return layout(context, view.subject || say.noSubject, content)
}

function text(context: PageContext, { max }: MessageView, file: FileView): Html {
  const say = words[context.language]
  const left = file.left === null || max === null ? null : say.textLeft(file.left, max)
  return html`<section aria-labelledby="text">
    <h2 id="text">${say.textTitle}</h2>
    <p>${say.textIsProtected}</p>
    ${left !== null && html`<p class="note">${file.left === 0 ? say.textUsedUp : left}</p>`}
    ${file.left !== 0 && !file.again && button(file.askAt, say.showText)}
    ${file.again && again(context, file.again, say.showAgain)}
  </section>`
}

function files(context: PageContext, view: MessageView): Html {
  return html`<section aria-labelledby="files">
    <h2 id="files">${words[context.language].filesTitle}</h2>
    <ul class="files">
      ${view.files.map(file => oneFile(context, view, file))}
    </ul>
    ${(view.zip.askAt !== null || view.zip.again) && zip(context, view)}
  </section>`
}

function zip(context: PageContext, { zip: all, max, ...view }: MessageView): Html {
  const { language } = context
  const say = words[language]
  const what = view.text ? say.zipWithText : say.zipFiles
  return html`<div class="zip">
    <div class="file">
      <p class="note">
        ${what} · ${humanSize(all.sizeBytes, language)}${all.askAt !== null && max !== null && ` · ${say.zipCounts}`}
      </p>
      ${all.again && again(context, all.again, say.zipAgain)}
    </div>
    ${all.askAt !== null && button(all.askAt, say.zip, undefined, 'quiet')}
  </div>`
}

function oneFile(context: PageContext, { max }: MessageView, file: FileView): Html {
  const { language } = context
  const say = words[language]
  const left = file.left === null || max === null ? null : say.fileLeft(file.left, max)
  return html`<li>
    <div class="file">
      <p class="name"><bdi>${file.name}</bdi></p>
      <p class="note">
        ${humanSize(file.sizeBytes, language)}${left !== null && ` · ${file.left === 0 ? say.fileUsedUp : left}`}
      </p>
      ${file.stillEncoded && html`<p class="note">${say.stillEncoded}</p>`}
      ${file.again && again(context, file.again, say.again, file.name)}
    </div>
    ${file.left !== 0 && button(file.askAt, say.download, file.name)}
  </li>`
}

/** A button with its own form. `what` is heard, not seen: it tells one button from the others. */
function button(action: string, label: string, what?: string, kind?: 'quiet'): Html {
  return html`<form method="post" action="${action}"><button${kind && html` class="${kind}"`}>${label}${hidden(what)}</button></form>`
}

function again({ language }: PageContext, ticket: NonNullable<FileView['again']>, label: string, what?: string): Html {
  const time = timeOfDay(ticket.until, language)
  return html`<p class="again">
    <a href="${ticket.at}">${label}${hidden(what)}</a> <span class="note">${words[language].againUntil(time)}</span>
  </p>`
}

function hidden(what: string | undefined): Html | null {
  return what === undefined ? null : html`<span class="unseen"> <bdi>${what}</bdi></span>`
}

function counting({ language }: PageContext, minutes: number): Html {
  const say = words[language]
  return html`<section class="aside" aria-labelledby="counting">
    <h2 id="counting">${say.countingTitle}</h2>
    <p>${say.counting(minutes)}</p>
  </section>`
}
