import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { findAccountSettings, saveAccountSettings, type AccountSettings } from '#database/account-settings.ts'
import { findContacts } from '#database/contacts.ts'
import type { Account } from '#model.ts'
import { requireAccount } from '#portal/login/require-account.ts'
import { choosable } from '#portal/options/choose.ts'
import { readDefaults } from '#portal/options/form-values.ts'
import { accountPage, type AccountView } from './account-page.ts'
import type { PortalParts } from '#portal/server/portal-parts.ts'
import { safeSignature, textOf } from '#portal/view/safe-signature.ts'
import { allowScripts } from '#portal/server/security-headers.ts'
import { pageContext, showPage, type PageParts } from '#portal/server/show-page.ts'
import { formOf, queryOf } from '#portal/server/fields-of.ts'

type Parts = PortalParts & PageParts

const maxSignature = 5000
/** A signature with every letter of it encoded, and one that another program has formatted. */
const bodyLimit = 512 * 1024

/** What somebody settles for the messages that they write: the signature, and what is chosen beforehand. */
export function serveAccount(app: FastifyInstance, parts: Parts): void {
  app.get('/account', async (request, reply) => {
    const account = await requireAccount(parts, request, reply)
    const { saved } = queryOf(request)
    return showAccount(parts, { request, reply, account }, { saved: saved !== undefined })
  })

  app.post('/account/signature', { bodyLimit }, async (request, reply) => {
    const account = await requireAccount(parts, request, reply)
    const form = formOf(request)
    const before = await findAccountSettings(parts.db, account.id)
    await saveAccountSettings(parts.db, account.id, { ...before, ...readSignature(form) })
    return reply.redirect('/account?saved', 303)
  })

  app.post('/account/defaults', async (request, reply) => {
    const account = await requireAccount(parts, request, reply)
    const before = await findAccountSettings(parts.db, account.id)
    const form = formOf(request)
    const defaults = readDefaults(name => (typeof form[name] === 'string' ? form[name] : ''))
    await saveAccountSettings(parts.db, account.id, { ...before, defaults })
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
  parts: Parts,
  { request, reply, account }: Exchange,
  shown: Partial<Pick<AccountView, 'saved' | 'refused' | 'imported'>>,
): Promise<FastifyReply> {
  const { signatureText, signatureHtml, defaults } = await findAccountSettings(parts.db, account.id)
  allowScripts(reply)
  const context = { ...pageContext(parts, request), scripts: [parts.scripts.typed, parts.scripts.signature] }
  const contacts = await findContacts(parts.db, account.id)
  const page = accountPage(context, {
    signature: signatureText,
    formatted: safeSignature(signatureHtml),
    contacts: contacts.toSorted((one, other) => one.name.localeCompare(other.name, context.language)),
    defaults: choosable(parts.settings, defaults, { sender: account.addresses[0]!, recipients: [] }),
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
