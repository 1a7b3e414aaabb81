import { html, type Html } from './html.ts'
import { layout, type PageContext } from './layout.ts'
import { words } from './words.ts'

/** A login form: where it is sent, and what was wrong the last time. It tells nothing of the message. */
export interface LoginForm {
  action: string
  /** A login that was refused; the name is shown again, the password is not. */
  wrong?: { login: string } | undefined
}

/** Asks for a login. The same for every link, wherever it leads. */
export function loginPage(context: PageContext, form: LoginForm): Html {
  const say = words[context.language]
  const content = html`<p>${say.loginIntro(context.organisation)}</p>
    ${loginForm(context, form)}
    <section class="aside" aria-labelledby="no-account">
      <h2 id="no-account">${say.noAccountTitle(context.organisation)}</h2>
      <p>${say.noAccountText}</p>
    </section>`
  return layout(context, say.loginTitle, content, form.wrong !== undefined)
}

/** The form alone, to stand in another page. */
export function loginForm({ language }: PageContext, { action, wrong }: LoginForm): Html {
  const say = words[language]
  const described = wrong ? 'login-error login-hint' : 'login-hint'
  // The language goes along, so that what comes back is in the language that the form was in.
  return html`<form class="login" method="post" action="${action}?lang=${language}">
    ${wrong && error(say.loginWrongTitle, say.loginWrong)}
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

function error(title: string, text: string): Html {
  return html`<div class="error" id="login-error" role="alert">
    <p><strong>${title}</strong></p>
    <p>${text}</p>
  </div>`
}
