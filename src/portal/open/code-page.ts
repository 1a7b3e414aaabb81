import { html, type Html } from '#portal/pages/html.ts'
import { layout, type PageContext } from '#portal/pages/layout.ts'
import { askForCodeForm } from '#portal/login/login-page.ts'
import { words } from '#portal/pages/words.ts'

/** A form for a code: the path it lives at, and what became of the last request. It tells nothing of the link. */
export interface CodeForm {
  at: string
  /** Whether a code was just asked for. */
  isSent?: boolean | undefined
  /** What was wrong with the code, as a sentence. */
  wrong?: string | undefined
}

/** Where a code is typed in, and asked for. The same for every link, wherever it leads. */
export function codePage(context: PageContext, form: CodeForm): Html {
  const say = words[context.language]
  const content = html`${form.isSent && html`<p role="status">${say.codeSent}</p>`} ${codeForm(context, form)}
    <section class="aside" aria-labelledby="no-code">
      <h2 id="no-code">${say.noCodeTitle}</h2>
      <p>${say.noCodeText}</p>
      ${askForCodeForm(context, form.at, form.isSent || form.wrong ? say.askForNewCode : say.askForCode, true)}
    </section>`
  return layout(context, say.codeTitle, content, form.wrong !== undefined)
}

function codeForm({ language }: PageContext, { at, wrong }: CodeForm): Html {
  const say = words[language]
  // A code that was wrong is not shown again: it is typed anew, not mended.
  return html`<form class="login" method="post" action="${at}/enter?lang=${language}">
    ${
      wrong &&
      html`<div class="error" id="code-error" role="alert">
        <p><strong>${say.codeWrongTitle}</strong></p>
        <p>${wrong}</p>
      </div>`
    }
    <label for="code">${say.codeLabel}</label>
    <input
      class="code"
      id="code"
      name="code"
      type="text"
      inputmode="numeric"
      autocomplete="one-time-code"
      spellcheck="false"
      maxlength="20"
      required
      aria-describedby="${wrong && 'code-error '}code-hint"
      ${wrong && html`aria-invalid="true" autofocus`}
    />
    <p class="hint" id="code-hint">${say.codeHint}</p>
    <button>${say.enterCode}</button>
  </form>`
}
