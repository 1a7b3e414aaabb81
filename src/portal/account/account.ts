import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { findAccountSettings, saveAccountSettings, type AccountSettings } from '#database/account-settings.ts'
import { findContacts } from '#database/contacts.ts'
import type { Account } from '#model.ts'
import { requireAccount } from '#portal/login/require-account.ts'
import { choosable } from '#portal/options/choose.ts'
import { readDefaults } from '#portal/options/form-values.ts'
import { accountPage, type AccountView } from './account-page.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import { safeSignature, textOf } from '#portal/view/safe-signature.ts'
import { allowScripts } from '#portal/server/security-headers.ts'
import { pageContext, showPage, type PageDeps } from '#portal/server/show-page.ts'
import { formOf, queryOf } from '#portal/server/fields-of.ts'

type Deps = PortalDeps & PageDeps

const maxSignature = 5000
/** A signature with every letter of it encoded, and one that another program has formatted. */
const bodyLimit = 512 * 1024

/** What somebody settles for the messages that they write: the signature, and what is chosen beforehand. */
export function serveAccount(app: FastifyInstance, deps: Deps): void {
  app.get('/account', async (request, reply) => {
    const account = await requireAccount(deps, request, reply)
    const { saved } = queryOf(request)
    return showAccount(deps, { request, reply, account }, { saved: saved !== undefined })
  })

  app.post('/account/signature', { bodyLimit }, async (request, reply) => {
    const account = await requireAccount(deps, request, reply)
    const form = formOf(request)
    const before = await findAccountSettings(deps.db, account.id)
    await saveAccountSettings(deps.db, account.id, { ...before, ...readSignature(form) })
    return reply.redirect('/account?saved', 303)
  })

  app.post('/account/defaults', async (request, reply) => {
    const account = await requireAccount(deps, request, reply)
    const before = await findAccountSettings(deps.db, account.id)
    const form = formOf(request)
    const defaults = readDefaults(name => (typeof form[name] === 'string' ? form[name] : ''))
    await saveAccountSettings(deps.db, account.id, { ...before, defaults })
    return reply.redirect('/account?saved', 303)
  })
}

interface Exchange {
  request: FastifyRequest
  reply: FastifyReply
  account: Account
}

/** The page, with what has just become of something. */
export async function showAccount(
  deps: Deps,
  { request, reply, account }: Exchange,
  shown: Partial<Pick<AccountView, 'saved' | 'refused' | 'imported'>>,
): Promise<FastifyReply> {
  const { signatureText, signatureHtml, defaults } = await findAccountSettings(deps.db, account.id)
  allowScripts(reply)
  const context = { ...pageContext(deps, request), scripts: [deps.scripts.typed, deps.scripts.signature] }
  const contacts = await findContacts(deps.db, account.id)
  const page = accountPage(context, {
    signature: signatureText,
    formatted: safeSignature(signatureHtml),
    contacts: contacts.toSorted((one, other) => one.name.localeCompare(other.name, context.language)),
    defaults: choosable(deps.settings, defaults, { sender: account.addresses[0]!, recipients: [] }),
    refused: null,
    imported: null,
    saved: false,
    ...shown,
  })
  return showPage(reply, shown.refused || typeof shown.imported === 'string' ? 422 : 200, page)
}

/** Where only the formatted one is filled in, those who read mail as text get the text of it. */
function readSignature(form: Record<string, unknown>): Pick<AccountSettings, 'signatureText' | 'signatureHtml'> {
  const field = (name: string) => (typeof form[name] === 'string' ? form[name].toWellFormed() : '')
  const signatureHtml = safeSignature(field('signature-html'))
  const written = field('signature').slice(0, maxSignature)
  return { signatureText: written.trim() === '' ? textOf(signatureHtml) : written, signatureHtml }
}
