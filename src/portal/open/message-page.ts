import { humanSize } from '#texts/human-size.ts'
import { dateAndTimeWithZone, timeOfDay } from '#portal/pages/date-and-time.ts'
import { html, type Html } from '#portal/pages/html.ts'
import { layout, type PageContext } from '#portal/pages/layout.ts'
import { sender } from '#portal/pages/sender.ts'
import { words } from '#portal/pages/words.ts'

/** A file as one person sees it. */
export interface FileView {
  name: string
  sizeBytes: number
  stillEncoded: boolean
  /** Where to ask for it: a form is posted there. */
  askAt: string
  /** Downloads that this person has left; null is unlimited. */
  left: number | null
  /** Until when this browser may fetch it again at no cost, or null. */
  freeUntil: Date | null
  /** Whether this browser has fetched it so often that the next time counts again. */
  isSpent: boolean
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
  /** An id for a browser that has no session yet: see `sessionOfPress`. */
  browser: string | null
  text: FileView | null
  files: FileView[]
  /** All that can be fetched, at once; null if that is one file, or none. */
  zip: ZipView | null
}

/** Files and text as one zip. */
export interface ZipView extends Pick<FileView, 'askAt' | 'sizeBytes' | 'freeUntil'> {
  /** Names of the files that are not in it, since they are used up. */
  without: string[]
  /** Whether this browser may fetch some of its files again at no cost. */
  isPartlyFree: boolean
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
        <dd>
          <time datetime="${view.expiresAt.toISOString()}">${dateAndTimeWithZone(view.expiresAt, language)}</time>
        </dd>
      </div>
    </dl>
    ${view.text && text(context, view, view.text)} ${view.files.length > 0 && files(context, view)}
    ${isUsedUp(view) && html`<p class="below">${say.askSender} ${sender(view.senderName)}</p>`}
    ${view.max !== null && counting(context, view.ticketMinutes)}`
  return layout(context, view.subject || say.noSubject, content)
}

function isUsedUp({ text: body, files: others }: MessageView): boolean {
  return [...others, ...(body ? [body] : [])].every(file => !canBeFetched(file))
}

function canBeFetched({ left, freeUntil }: FileView): boolean {
  return left !== 0 || freeUntil !== null
}

function text(context: PageContext, view: MessageView, file: FileView): Html {
  const say = words[context.language]
  const { left, freeUntil } = file
  return html`<section aria-labelledby="text">
    <h2 id="text">${say.textTitle}</h2>
    <p>${say.textIsProtected}</p>
    ${left === 0 && !freeUntil && html`<p class="note">${say.textUsedUp}</p>`}
    ${left !== null && left > 0 && view.max !== null && html`<p class="note">${say.textLeft(left, view.max)}</p>`}
    ${free(context, view, { freeUntil, say: say.textFreeUntil })}
    ${canBeFetched(file) && button(view, file.askAt, { label: say.showText })}
  </section>`
}

function files(context: PageContext, view: MessageView): Html {
  return html`<section aria-labelledby="files">
    <h2 id="files">${words[context.language].filesTitle}</h2>
    <ul class="files">
      ${view.files.map(file => oneFile(context, view, file))}
    </ul>
    ${view.zip && zip(context, view, view.zip)}
  </section>`
}

function zip(context: PageContext, view: MessageView, all: ZipView): Html {
  const { language } = context
  const say = words[language]
  const what = all.without.length > 0 ? say.zipRest : view.text ? say.zipWithText : say.zipFiles
  const cost = all.isPartlyFree ? say.zipCountsRest : say.zipCounts
  const counts = view.max !== null && !all.freeUntil && ` · ${cost}`
  return html`<div class="zip">
    <div class="file">
      <p class="note">${what} · ${humanSize(all.sizeBytes, language)}${counts}</p>
      ${all.without.length > 0 && html`<p class="note">${say.zipWithout} <bdi>${all.without.join(', ')}</bdi></p>`}
      ${free(context, view, { freeUntil: all.freeUntil, say: say.fileFreeUntil })}
    </div>
    ${button(view, all.askAt, { label: all.without.length > 0 ? say.zipTheRest : say.zip, kind: 'quiet', staysHere: true })}
  </div>`
}

function oneFile(context: PageContext, view: MessageView, file: FileView): Html {
  const { language } = context
  const say = words[language]
  const { left, freeUntil } = file
  const size = humanSize(file.sizeBytes, language)
  return html`<li>
    <div class="file">
      <p class="name"><bdi>${file.name}</bdi></p>
      <p class="note">
        ${size}${left !== null && left > 0 && view.max !== null && ` · ${say.fileLeft(left, view.max)}`}${left === 0 && !freeUntil && ` · ${say.fileUsedUp}`}
      </p>
      ${file.stillEncoded && html`<p class="note">${say.stillEncoded}</p>`}
      ${free(context, view, { freeUntil, say: say.fileFreeUntil })}
      ${file.isSpent && left !== null && left > 0 && html`<p class="note">${say.nextCounts}</p>`}
    </div>
    ${canBeFetched(file) && button(view, file.askAt, { label: say.download, what: file.name, staysHere: true })}
  </li>`
}

/** Of a message of which nothing is counted, nothing is free. */
function free(
  { language }: PageContext,
  { max }: MessageView,
  { freeUntil, say }: { freeUntil: Date | null; say: (time: string) => string },
): Html | null {
  return freeUntil && max !== null ? html`<p class="note">${say(timeOfDay(freeUntil, language))}</p>` : null
}

interface Button {
  label: string
  /** Heard, not seen: it tells one button from the others. */
  what?: string
  kind?: 'quiet'
  /** Whether the browser stays on the page, since it saves what it gets. */
  staysHere?: boolean
}

/** A button with its own form. */
function button({ browser }: MessageView, action: string, { label, what, kind, staysHere }: Button): Html {
  const name = what !== undefined && html`<span class="unseen"> <bdi>${what}</bdi></span>`
  return html`<form method="post" action="${action}"${staysHere && html` class="download"`}>${browser !== null && html`<input type="hidden" name="browser" value="${browser}" />`}<button${kind && html` class="${kind}"`}>${label}${name}</button></form>`
}

function counting({ language }: PageContext, minutes: number): Html {
  const say = words[language]
  return html`<section class="aside" aria-labelledby="counting">
    <h2 id="counting">${say.countingTitle}</h2>
    <p>${say.counting(minutes)}</p>
  </section>`
}
