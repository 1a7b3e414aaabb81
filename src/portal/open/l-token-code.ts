import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Language } from '#model.ts'
import { askForCode } from './ask-for-code.ts'
import { authenticate } from '#portal/login/authenticate.ts'
import { enterCode } from './enter-code.ts'
import { beginSession } from '#portal/login/session.ts'
import { findMailbox } from './find-mailbox.ts'
import { visitorsLanguage } from '#portal/server/language.ts'
import { goToMessage } from './l-token.ts'
import { codePage } from './code-page.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import { messagePath, pageContext, showPage, type PageDeps } from '#portal/server/show-page.ts'
import { formOf, queryOf } from '#portal/server/fields-of.ts'

type TokenRoute = { Params: { token: string } }

const maxTypedLength = 100

/**
 * The login of an outsider: a code is asked for, mailed to the link's own recipient, and typed in, in any browser. A
 * link that leads nowhere, or no longer, is answered as one with a mailbox behind it.
 */
export function serveLTokenCode(app: FastifyInstance, deps: PortalDeps & PageDeps): void {
  app.get<TokenRoute>('/l/:token/code', async (request, reply) => {
    await authenticate(deps, request)
    const mailbox = await findMailbox(deps, request.params.token)
    if (mailbox.code === 'not needed') return goToMessage(request, reply)
    const language = mailbox.code === 'mailed' && mailbox.isLive ? mailbox.lang : undefined
    const page = codePage(pageContext(deps, request, language), { at: codePath(request), isSent: wasSent(request) })
    return showPage(reply, 200, page)
  })

  app.post<TokenRoute>('/l/:token/code', async (request, reply) => {
    const { token } = request.params
    const mailbox = await findMailbox(deps, token)
    if (mailbox.code === 'not needed') return goToMessage(request, reply)
    const lang = (of: Language) => visitorsLanguage(request) ?? of
    const to = mailbox.code === 'mailed' ? { ...mailbox.link, lang: lang(mailbox.lang) } : null
    await askForCode(deps, { token, to, address: request.ip })
    await request.audit('code-asked')
    deps.log.info({ request: request.id, link: to?.id ?? null, address: request.ip }, 'A code was asked for')
    return reply.redirect(`${codePath(request)}?sent`, 303)
  })

  app.post<TokenRoute>('/l/:token/code/enter', async (request, reply) => {
    const { token } = request.params
    const visitor = await authenticate(deps, request)
    const mailbox = await findMailbox(deps, token)
    if (mailbox.code === 'not needed') return goToMessage(request, reply)
    const linkKeyId = mailbox.code === 'mailed' ? mailbox.link.linkKeyId : undefined
    await enterCode(deps, { token, typed: typedCode(request), address: request.ip, linkKeyId })
    // Nobody has the code of a link without a mailbox.
    if (mailbox.code !== 'mailed') return goToMessage(request, reply)
    await request.audit('code-entered', { actor: `outsider:${mailbox.link.recipientKey}` })
    await beginSession(deps, reply, { visitor, account: null, linkId: mailbox.link.id })
    deps.log.info({ request: request.id, link: mailbox.link.id, address: request.ip }, 'Logged in with a code')
    return goToMessage(request, reply)
  })

  app.get<TokenRoute>('/l/:token/code/enter', (request, reply) => reply.redirect(codePath(request), 303))
}

function codePath(request: FastifyRequest): string {
  return `${messagePath(request)}/code`
}

function wasSent(request: FastifyRequest): boolean {
  return queryOf(request)['sent'] !== undefined
}

/** A field that is missing, twice there or too long is as good as empty. */
function typedCode(request: FastifyRequest): string {
  const { code } = formOf(request)
  return typeof code === 'string' && code.length <= maxTypedLength ? code : ''
}
