import { html, type Html } from '#portal/pages/html.ts'
import { layout, type PageContext } from '#portal/pages/layout.ts'
import { words } from '#portal/pages/words.ts'
import { loginForm } from './login-page.ts'

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
