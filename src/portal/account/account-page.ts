import { maxContacts, maxFileBytes, type ContactProblem } from './contact-problem.ts'
import { accountWords, type AccountWords } from './words.ts'
import type { Choosable } from '#portal/options/choose.ts'
import { defaultFields } from '#portal/options/option-fields.ts'
import { html, type Html } from '#portal/pages/html.ts'
import { layout, type PageContext } from '#portal/pages/layout.ts'
import { words } from '#portal/pages/words.ts'

/** What somebody has settled for the messages that they write. */
export interface AccountView {
  signature: string
  /** The same with formatting, as safe HTML; empty where there is none. */
  formatted: string
  contacts: { id: string; name: string; addresses: string[] }[]
  /** A contact that could not be kept, and why. */
  refused: { name: string; addresses: string; problems: ContactProblem[] } | null
  /** What an import has brought; `unreadable` where the file had nothing, `too much` if it was refused unread. */
  imported:
    | { added: number; changed: number; unchanged: number; left: number; skipped: string[] }
    | 'unreadable'
    | 'too much'
    | null
  /** What is chosen beforehand, and what may be. */
  defaults: Choosable
  saved: boolean
}

/** Signature, contacts, and what is chosen beforehand; each its own form. */
export function accountPage(context: PageContext, view: AccountView): Html {
  const say = accountWords[context.language]
  const content = html`${view.saved && html`<p class="done" role="status">${say.saved}</p>`} ${outcome(say, view)}
    <nav aria-label="${words[context.language].menu.account}">
      <ul class="contents">
        <li><a href="#signature-title">${say.signature}</a></li>
        <li><a href="#contacts">${say.contacts}</a></li>
        <li><a href="#defaults">${say.defaultsShort}</a></li>
      </ul>
    </nav>
    <form data-typed class="compose settings" method="post" action="/account/signature">
      <h2 id="signature-title">${say.signature}</h2>
      <label for="signature">${say.signatureText}</label>
      <textarea id="signature" name="signature" rows="5" maxlength="5000" aria-describedby="signature-hint">
${view.signature}</textarea>
      <p class="hint" id="signature-hint">${say.signatureHint}</p>
      <label for="signature-html" id="signature-html-label">${say.formatted}</label>
      <textarea
        id="signature-html"
        name="signature-html"
        rows="5"
        maxlength="50000"
        spellcheck="false"
        aria-describedby="signature-html-hint"
        data-words="${JSON.stringify(say.script)}"
      >
${view.formatted}</textarea>
      <p class="hint" id="signature-html-hint">${say.formattedHint}</p>
      <p class="buttons"><button>${say.save}</button></p>
    </form>
    ${contacts(say, view)} ${defaults(context, say, view.defaults)}`
  return layout({ ...context, menu: 'account' }, words[context.language].menu.account, content, view.refused !== null)
}

function outcome(say: AccountWords, { refused, imported }: AccountView): Html | null {
  if (refused) {
    const sentences = refused.problems.map(problem =>
      (say.problems[problem.what] as (problem: ContactProblem) => string)(problem),
    )
    return html`<div class="error" role="alert" tabindex="-1">
      <p><strong>${say.problemsTitle}</strong></p>
      <ul>
        ${sentences.map(sentence => html`<li>${sentence}</li>`)}
      </ul>
    </div>`
  }
  if (imported === 'unreadable') return html`<div class="error" role="alert"><p>${say.unreadable}</p></div>`
  if (imported === 'too much')
    return html`<div class="error" role="alert"><p>${say.tooMuch(maxContacts, maxFileBytes / 1024 ** 2)}</p></div>`
  if (!imported) return null
  return html`<div class="done" role="status">
    <p>${say.imported(imported.added, imported.changed, imported.unchanged)}</p>
    <ul>
      ${imported.skipped.map(name => html`<li><bdi>${say.skipped(name)}</bdi></li>`)}
      ${imported.left > imported.skipped.length && html`<li>${say.moreSkipped(imported.left - imported.skipped.length)}</li>`}
    </ul>
  </div>`
}

function contacts(say: AccountWords, { contacts: all, refused }: AccountView): Html {
  return html`<section class="settings" aria-labelledby="contacts">
    <h2 id="contacts">${say.contacts}</h2>
    <p class="hint">${say.contactsHint}</p>
    ${all.length === 0 && html`<p>${say.noContacts}</p>`}
    <ul class="messages">
      ${all.map(contact => oneContact(say, contact))}
    </ul>
    <form data-typed class="compose" method="post" action="/account/contacts">
      ${contactFields(say, 'new', { name: refused?.name ?? '', addresses: refused?.addresses ?? '' })}
      <p class="buttons"><button name="do" value="add">${say.add}</button></p>
    </form>
    <form class="compose" id="import" method="post" action="/account/import" enctype="multipart/form-data">
      <h3>${say.import}</h3>
      <label for="file">${say.file}</label>
      <input
        type="file"
        id="file"
        name="file"
        accept=".vcf,.csv,text/vcard,text/csv"
        required
        aria-describedby="file-hint"
      />
      <p class="hint" id="file-hint">${say.importHint}</p>
      <p class="buttons"><button class="quiet">${say.importNow}</button></p>
    </form>
    <p>${say.export} <a href="/account/contacts.vcf">vCard</a> · <a href="/account/contacts.csv">CSV</a></p>
  </section>`
}

function oneContact(say: AccountWords, { id, name, addresses }: AccountView['contacts'][number]): Html {
  return html`<li>
    <details>
      <summary>
        <bdi>${name}</bdi> <span class="note"><bdi>${addresses.join(', ')}</bdi></span>
      </summary>
      <form data-typed class="compose" method="post" action="/account/contacts">
        <input type="hidden" name="id" value="${id}" />
        ${contactFields(say, id, { name, addresses: addresses.join(', ') })}
        <p class="buttons">
          <button name="do" value="change">${say.change}</button>
          <button class="quiet" name="do" value="remove">${say.remove}</button>
        </p>
      </form>
    </details>
  </li>`
}

function contactFields(say: AccountWords, key: string, { name, addresses }: { name: string; addresses: string }): Html {
  return html`<label for="name-${key}">${say.name}</label>
    <input id="name-${key}" name="name" maxlength="200" value="${name}" />
    <label for="addresses-${key}">${say.addresses}</label>
    <textarea id="addresses-${key}" name="addresses" rows="2" autocapitalize="none" spellcheck="false">
${addresses}</textarea>`
}

function defaults(context: PageContext, say: AccountWords, chosen: Choosable): Html {
  return html`<form data-typed class="compose settings" method="post" action="/account/defaults">
    <h2 id="defaults">${say.defaults}</h2>
    <p class="hint">${say.defaultsHint}</p>
    ${defaultFields(context, chosen)}
    <p class="buttons"><button>${say.save}</button></p>
  </form>`
}
