import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { authoriseLink } from './authorise-link.ts'
import { describeMessage } from './describe-message.ts'
import { loginOrCodePage, loginPage } from '#portal/login/login-page.ts'
import { messagePage } from './message-page.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import { allowScripts } from '#portal/server/security-headers.ts'
import { messagePath, pageContext, showPage, type PageDeps } from '#portal/server/show-page.ts'

type TokenRoute = { Params: { token: string } }

/** The page that a link leads to: it shows, and does nothing. */
export function serveLToken(app: FastifyInstance, deps: PortalDeps & PageDeps): void {
  app.get<TokenRoute>('/l/:token', async (request, reply) => {
    const { visitor, opening } = await authoriseLink(deps, request, request.params.token)
    if ('loginNeeded' in opening) {
      const context = { ...pageContext(deps, request, opening.language), accountName: null }
      const action = `${messagePath(request)}/login`
      const codeAt = `${messagePath(request)}/code`
      const page = opening.byCode ? loginOrCodePage(context, { action, codeAt }) : loginPage(context, { action })
      return showPage(reply, 200, page)
    }
    const view = await describeMessage(deps, { opening, visitor, at: `${messagePath(request)}` })
    await request.audit('page-shown', { details: { person: opening.person } })
    allowScripts(reply)
    const context = { ...pageContext(deps, request, opening.message.lang), scripts: [deps.scripts.download] }
    return showPage(reply, 200, messagePage(context, view))
  })

  // Where forms are posted to; a reload or the address bar asks for it as a page.
  for (const path of ['login', 'logout', 'files/:position', 'zip']) {
    app.get<TokenRoute>(`/l/:token/${path}`, goToMessage)
  }
}

/** Sends the browser to the page of the message. */
export function goToMessage(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply.redirect(messagePath(request) ?? '/', 303)
}
