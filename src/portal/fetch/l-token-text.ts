import type { FastifyInstance, FastifyRequest } from 'fastify'
import { findTicketsOfSession } from '#database/downloads.ts'
import { Failure } from '#failure.ts'
import { streamOf } from '#platform/chunks.ts'
import { authoriseLink, type Opening } from '#portal/open/authorise-link.ts'
import { countDownload } from './count-download.ts'
import { openFile } from './open-file.ts'
import { goToMessage } from '#portal/open/l-token.ts'
import { mailDocument } from '#portal/view/mail-document.ts'
import { textPage } from './text-page.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import { contentSecurityPolicy } from '#portal/server/security-headers.ts'
import { messagePath, pageContext, showPage, type PageDeps } from '#portal/server/show-page.ts'
import type { Views } from '#portal/view/views.ts'

type TokenRoute = { Params: { token: string } }
type Deps = PortalDeps & PageDeps & { views: Views }

/** The path of a private text out: as for a file, but shown as a page for as long as the ticket lasts. */
export function serveLTokenText(app: FastifyInstance, deps: Deps): void {
  app.post<TokenRoute>('/l/:token/text', async (request, reply) => {
    const { visitor, opening } = await authoriseLink(deps, request, request.params.token)
    if ('loginNeeded' in opening) return goToMessage(request, reply)
    await countDownload(deps, { request, reply }, { opening, visitor, files: [textOf(opening)], as: 'text' })
    return reply.redirect(`${messagePath(request)}/text`, 303)
  })

  app.get<TokenRoute>('/l/:token/text', async (request, reply) => {
    const shown = await openText(deps, request)
    if (!shown) return goToMessage(request, reply)
    await request.audit('text-shown')
    const { message, ticket, read } = shown
    const page = textPage(pageContext(deps, request, message.lang), {
      subject: message.subject,
      senderName: message.senderName,
      text: read.text,
      htmlAt: read.html === null ? null : `${messagePath(request)}/text/html`,
      hasMore: read.hasMore,
      mailAt: `/d/${ticket.id}`,
      messageAt: `${messagePath(request)}`,
      until: ticket.endsAt,
    })
    reply.header('Content-Security-Policy', `${contentSecurityPolicy}; frame-src 'self'`)
    return showPage(reply, 200, page)
  })

  // The sender's own HTML, in a document of its own: without scripts, without our cookies, without a way out.
  app.get<TokenRoute>('/l/:token/text/html', async (request, reply) => {
    const shown = await openText(deps, request)
    if (!shown || shown.read.html === null) return goToMessage(request, reply)
    reply.headers({ 'Content-Security-Policy': sandbox, 'X-Frame-Options': 'SAMEORIGIN' })
    reply.type('text/html; charset=utf-8')
    return mailDocument(shown.message.lang, shown.message.subject, shown.read.html)
  })
}

/** Links open in a window of their own, which is no longer in the sandbox. */
const sandbox = [
  'sandbox allow-popups allow-popups-to-escape-sandbox',
  "default-src 'none'",
  'img-src data:',
  "style-src 'unsafe-inline'",
  "frame-ancestors 'self'",
  "form-action 'none'",
  "base-uri 'none'",
].join('; ')

/** The text, if this browser holds a ticket for it; null where it has to be asked for first. */
async function openText(deps: Deps, request: FastifyRequest<TokenRoute>) {
  const { visitor, opening } = await authoriseLink(deps, request, request.params.token)
  if ('loginNeeded' in opening || !visitor.sessionHash) return null
  const { message, person } = opening
  const file = textOf(opening)
  const tickets = await findTicketsOfSession(deps.db, {
    sessionHash: visitor.sessionHash,
    person,
    fileIds: [file.id],
  })
  const [ticket] = tickets.values()
  if (!ticket) return null
  // A page can be read again for as long as its ticket lives.
  const open = async () => streamOf(await openFile(deps, { charge: { ticketId: ticket.id, bytes: 0 }, message, file }))
  const who = visitor.sessionHash.toString('hex')
  return { message, ticket, read: await deps.views.read({ sizeBytes: file.sizeBytes, open, who }, 'formatted') }
}

function textOf({ files }: Opening) {
  const text = files.find(file => file.kind === 'body')
  if (!text) throw new Failure('LINK_UNKNOWN')
  return text
}
