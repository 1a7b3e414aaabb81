import type { DraftContent } from '#portal/options/draft-content.ts'
import type { Doubt, Problem } from '#portal/pages/problem.ts'
import { composeWords, type ComposeWords } from '#portal/pages/compose-words.ts'
import { filesField, type FilesView } from './files-field.ts'
import { box, invalid } from '#portal/pages/form-fields.ts'
import { html, type Html } from '#portal/pages/html.ts'
import { recipientsField } from '#portal/recipients/recipients-field.ts'
import { layout, type PageContext } from '#portal/pages/layout.ts'
import { securityFields, type OptionsView } from '#portal/options/option-fields.ts'

/** The page where a message is written. */
export interface ComposeView {
  /** Where the form is posted. */
  at: string
  /** How often it has been saved. */
  revision: number
  /** Under which name its browser may keep what is not saved yet: one for each account and draft. */
  keptAs: string
  content: DraftContent
  files: FilesView
  security: OptionsView
  hasSignature: boolean
  /** Why it could not be sent, or what should be looked at before it is. */
  problems: Problem[]
  doubts: Doubt[]
  /** Whether the draft was saved just now, because somebody asked for it. */
  saved: boolean
  /** Other messages that were begun. */
  drafts: { at: string; subject: string; changed: string }[]
}

/** A form to write a message with. It works as it is; scripts add dragging, progress, suggestions and saving by itself. */
export function composePage(context: PageContext, view: ComposeView): Html {
  const say = composeWords[context.language]
  const { content, at } = view
  // Enter in a field presses the first button of the form: it must neither send nor remove anything.
  const page = html`<button form="compose" name="do" value="enter" hidden></button>
    ${problemsBox(say, view.problems)} ${doubtsBox(say, view)}
    ${view.saved && html`<p class="done" role="status">${say.saved}</p>`}
    <form
      id="compose"
      class="compose"
      method="post"
      action="${at}?lang=${context.language}"
      enctype="multipart/form-data"
      data-words="${JSON.stringify(say.script)}"
      data-kept-as="${view.keptAs}"
    >
      <input type="hidden" name="revision" value="${view.revision}" autocomplete="off" />
      <label for="to">${say.to}</label>
      ${recipientsField(
        context.language,
        content.to,
        view.problems.some(problem => problem.field === 'to'),
      )}
      <p class="hint" id="to-hint">${say.toHint}</p>
      ${box('hidden', say.hidden, content.hidden)}

      <label for="subject">${say.subject}</label>
      <input
        id="subject"
        name="subject"
        class="wide"
        maxlength="500"
        value="${content.subject}"
        aria-describedby="subject-hint"
      />
      <p class="hint" id="subject-hint">${say.subjectHint}</p>

      <label for="text">${say.text}</label>
      <textarea id="text" name="text" rows="10" aria-describedby="text-hint" ${invalid(view.problems, 'text')}>
${content.text}</textarea>
      <p class="hint" id="text-hint">
        ${say.textHint}${view.hasSignature && ` ${say.signatureIsAdded}`} <a href="/account">${say.changeSignature}</a>
      </p>

      ${filesField(context, view.files)} ${securityFields(context, view.security, view.problems)}

      <p class="buttons">
        <button name="do" value="send">${say.send}</button>
        <button class="quiet" name="do" value="save">${say.save}</button>
        <button class="quiet" name="do" value="discard">${say.discard}</button>
      </p>
    </form>
    ${otherDrafts(say, view.drafts)}`
  const languageForm = { id: 'compose', action: at }
  return layout({ ...context, menu: 'new', languageForm }, say.title, page, view.problems.length > 0)
}

/** Says everything that is wrong at once, each with a link to its field. */
function problemsBox(say: ComposeWords, problems: Problem[]): Html | null {
  if (problems.length === 0) return null
  return html`<div class="error" role="alert" tabindex="-1">
    <p><strong>${say.problemsTitle}</strong></p>
    <ul>
      ${problems.map(problem => html`<li><a href="#${problem.field}">${sentence(say, problem)}</a></li>`)}
    </ul>
  </div>`
}

function doubtsBox(say: ComposeWords, { doubts }: ComposeView): Html | null {
  if (doubts.length === 0) return null
  return html`<div class="doubts" role="alert" tabindex="-1">
    <p><strong>${say.doubtsTitle}</strong></p>
    <ul>
      ${doubts.map(doubt => html`<li>${(say.doubts[doubt.what] as (doubt: Doubt) => string)(doubt)}</li>`)}
    </ul>
    <button form="compose" name="do" value="send-anyway">${say.sendAnyway}</button>
  </div>`
}

function sentence(say: ComposeWords, problem: Problem): string {
  return (say.problems[problem.what] as (problem: Problem) => string)(problem)
}

function otherDrafts(say: ComposeWords, drafts: ComposeView['drafts']): Html {
  return html`<section class="aside" aria-labelledby="drafts">
    <h2 id="drafts">${say.drafts}</h2>
    <ul class="drafts">
      ${drafts.map(
        draft =>
          html`<li>
            <a href="${draft.at}"><bdi>${draft.subject || say.noSubject}</bdi></a> ${say.changed(draft.changed)}
          </li>`,
      )}
    </ul>
    <p><a href="/drafts">${say.allDrafts}</a></p>
  </section>`
}

/** For a draft that is gone. */
export function noDraftPage(context: PageContext): Html {
  const say = composeWords[context.language]
  const content = html`<p>${say.unknown}</p>
    <p><a href="/sent">${say.toSent}</a></p>`
  return layout(context, say.unknownTitle, content)
}
