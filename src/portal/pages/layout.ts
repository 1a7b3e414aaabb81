import type { Language } from '#model.ts'
import { html, type Html } from './html.ts'
import { words } from './words.ts'

/** What every page shows around its content. */
export interface PageContext {
  organisation: string
  language: Language
  /** The path of this page, to show it again in another language. */
  here: string
  /** The path of the style sheet, with its version. */
  styleSheet: string
  /** The path of the organisation's logo, where it has one. */
  logo: string | null
  /** Who is logged in, where somebody is and may see it here. */
  accountName?: string | null | undefined
  /** Where to log out, where that can be done. */
  logOutAt?: string | undefined
  /** For whoever is logged in with an account and may write messages: where in the menu this page is, or nowhere in it. */
  menu?: MenuPlace | 'elsewhere' | undefined
  /** Whether a link to the page in another language would lose what is on it. */
  keepsLanguage?: boolean | undefined
  /** The form that must come along when the language is changed, since somebody is writing in it, and where it is posted then. */
  languageForm?: { id: string; action: string } | undefined
  /** Paths of scripts that improve the page, which works without them. */
  scripts?: readonly string[] | undefined
}

/** The pages of whoever is logged in, in the order of the menu. */
const menuPlaces = ['new', 'sent', 'received', 'account'] as const
type MenuPlace = (typeof menuPlaces)[number]

const languages: Language[] = ['sv', 'en']

/** A whole page. `title` is its only first heading as well; after a mistake in a form the window's title says so first. */
export function layout(context: PageContext, title: string, content: Html, mistake = false): Html {
  const { organisation, language } = context
  const say = words[language]
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${mistake && `${say.errorInTitle}: `}${title} – ${organisation}</title>
        <link rel="stylesheet" href="${context.styleSheet}" />
        <link rel="icon" type="image/svg+xml" href="/assets/envelope.svg" />
        ${context.scripts?.map(path => html`<script src="${path}" defer></script>`)}
      </head>
      <body>
        <a class="skip" href="#content">${say.skipToContent}</a>
        <header>
          <p class="organisation">${logoOf(context)}<bdi>${organisation}</bdi></p>
          ${account(context)}
        </header>
        ${context.menu && menu(context)}
        <main id="content" tabindex="-1">
          <h1><bdi>${title}</bdi></h1>
          ${content}
        </main>
        <footer>
          <p>${say.footer(organisation)}</p>
          ${!context.keepsLanguage && languageLinks(context)}
        </footer>
      </body>
    </html>`
}

/** The name stands beside it, so that it needs no words of its own. */
function logoOf({ logo }: PageContext): Html | null {
  return logo === null ? null : html`<img class="logo" src="${logo}" alt="" />`
}

function menu({ language, menu: here }: PageContext): Html {
  const say = words[language]
  const item = (place: MenuPlace) =>
    html`<li><a href="/${place}" ${place === here && html` aria-current="page"`}>${say.menu[place]}</a></li>`
  return html`<nav class="menu" aria-label="${say.menuTitle}">
    <ul>
      ${menuPlaces.map(item)}
    </ul>
  </nav>`
}

function account({ language, accountName, logOutAt }: PageContext): Html | null {
  if (!accountName || !logOutAt) return null
  const say = words[language]
  return html`<form class="account" method="post" action="${logOutAt}">
    <p>${say.loggedInAs} <bdi>${accountName}</bdi></p>
    <button class="quiet">${say.logOut}</button>
  </form>`
}

function languageLinks(context: PageContext): Html {
  return html`<ul class="languages">
    ${languages.map(other => languageLink(context, other))}
  </ul>`
}

function languageLink({ language, here, languageForm: form }: PageContext, other: Language): Html {
  const name = words[other].thisLanguage
  if (other === language) return html`<li><span lang="${other}" aria-current="true">${name}</span></li>`
  if (form)
    return html`<li>
      <button
        class="link"
        form="${form.id}"
        formaction="${form.action}?lang=${other}"
        formnovalidate
        name="do"
        value="language"
        lang="${other}"
      >
        ${name}
      </button>
    </li>`
  return html`<li><a href="${here}?lang=${other}" lang="${other}" hreflang="${other}">${name}</a></li>`
}
