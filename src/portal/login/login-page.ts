import { html, type Html } from '#portal/pages/html.ts'
import { layout, type PageContext } from '#portal/pages/layout.ts'
import { words } from '#portal/pages/words.ts'

/** A login form: where it is sent, and what was wrong the last time. It tells nothing of the message. */
export interface LoginForm {
  action: string
  /** A login that was refused; the name is shown again, the password is not. */
  wrong?: { login: string } | undefined
  /** Fields that are sent along unseen: what somebody filled in when they had been logged out. */
  carried?: Record<string, readonly string[]> | undefined
}

/** Asks for a login with an account. */
export function loginPage(context: PageContext, form: LoginForm): Html {
  const say = words[context.language]
  const content = html`<p>${say.loginIntro(context.organisation)}</p>
    ${loginForm(context, form)}
    <section class="aside" aria-labelledby="no-account">
      <h2 id="no-account">${say.noAccountTitle(context.organisation)}</h2>
      <p>${say.noAccountText}</p>
    </section>`
  return layout(context, say.loginTitle, content)
}

/**
 * Asks somebody with an account to log in before they go on. Only somebody who was logged in is told that they have been logged out.
 * What they had filled in is `carried` along.
 */
export function staffLoginPage(context: PageContext, form: LoginForm & { wasLoggedOut: boolean }): Html {
  const say = words[context.language]
  const wasLoggedOut = form.wasLoggedOut && !form.wrong
  // A page to go on to is nothing that somebody wrote.
  const isWritten = Object.keys(form.carried ?? {}).some(name => name !== 'to')
  const why = wasLoggedOut ? say.logInAgain : !form.wrong && !isWritten && say.logInFirst
  const content = html`${why && html`<p>${why}</p>`} ${isWritten && html`<p>${say.logInToContinue}</p>`}
  ${loginForm(context, form)}`
  const title = wasLoggedOut ? say.logInAgainTitle : say.loginTitle
  return layout({ ...context, keepsLanguage: isWritten }, title, content, form.wrong !== undefined)
}

/** The first page: what this is, and a login for those who write messages here. */
export function homePage(context: PageContext, form: LoginForm | null): Html {
  const say = words[context.language]
  const content = html`<p>${say.homeText(context.organisation)}</p>
    <p>${say.homeHow}</p>
    ${
      form &&
      html`<section aria-labelledby="write">
        <h2 id="write">${say.homeWriteTitle}</h2>
        <p>${say.homeWrite(context.organisation)}</p>
        ${loginForm(context, form)}
      </section>`
    }`
  return layout(context, say.homeTitle, content)
}

/** Asks for a login, with a code or with an account: at a link whose recipient is an outsider. */
export function loginOrCodePage(context: PageContext, form: LoginForm & { codeAt: string }): Html {
  const say = words[context.language]
  const content = html`<p>${say.loginIntro(context.organisation)}</p>
    <section aria-labelledby="by-code">
      <h2 id="by-code">${say.byCodeTitle}</h2>
      <p>${say.byCodeText}</p>
      ${askForCodeForm(context, form.codeAt, say.askForCode)}
      <p class="below"><a href="${form.codeAt}">${say.haveCode}</a></p>
    </section>
    <section aria-labelledby="by-account">
      <h2 id="by-account">${say.byAccountTitle(context.organisation)}</h2>
      ${loginForm(context, form)}
    </section>`
  return layout(context, say.loginTitle, content)
}

/** After a login that was refused. The same for every link, wherever it leads. */
export function wrongLoginPage(context: PageContext, form: LoginForm & { messageAt: string }): Html {
  const say = words[context.language]
  const content = html`${loginForm(context, form)}
    <section class="aside" aria-labelledby="no-account">
      <h2 id="no-account">${say.noAccountTitle(context.organisation)}</h2>
      <p>${say.otherWays} <a href="${form.messageAt}">${say.backToStart}</a></p>
    </section>`
  return layout(context, say.loginTitle, content, true)
}

/** A button that asks for a code to be mailed. */
export function askForCodeForm({ language }: PageContext, codeAt: string, label: string, isQuiet = false): Html {
  return html`<form method="post" action="${codeAt}?lang=${language}">
    <button class="${isQuiet && 'quiet'}">${label}</button>
  </form>`
}

/** The form alone, to stand in another page. */
export function loginForm({ language }: PageContext, { action, wrong, carried = {} }: LoginForm): Html {
  const say = words[language]
  const described = wrong ? 'login-error login-hint' : 'login-hint'
  // The language goes along, so that what comes back is in the language that the form was in.
  return html`<form class="login" method="post" action="${action}?lang=${language}">
    ${wrong && error(say.loginWrongTitle, say.loginWrong)}
    ${Object.entries(carried).flatMap(([name, values]) => values.map(value => hiddenField(name, value)))}
    <p class="hint" id="login-hint">${say.loginHint}</p>
    <label for="login">${say.loginName}</label>
    <input
      id="login"
      name="login"
      type="text"
      autocomplete="username"
      autocapitalize="none"
      spellcheck="false"
      maxlength="256"
      required
      aria-describedby="${described}"
      ${wrong && html`aria-invalid="true" value="${wrong.login}"`}
    />
    <label for="password">${say.password}</label>
    <input
      id="password"
      name="password"
      type="password"
      autocomplete="current-password"
      maxlength="1024"
      required
      ${wrong && html`aria-invalid="true" aria-describedby="login-error" autofocus`}
    />
    <button>${say.logIn}</button>
  </form>`
}

function hiddenField(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}" />`
}

function error(title: string, text: string): Html {
  return html`<div class="error" id="login-error" role="alert">
    <p><strong>${title}</strong></p>
    <p>${text}</p>
  </div>`
}
