import type { FastifyInstance } from 'fastify'
import { findTicketsOfSession } from '#database/downloads.ts'
import { Failure } from '#failure.ts'
import { authenticate } from './authenticate/authenticate.ts'
import { authoriseLink, type Opening } from './authorise/authorise-link.ts'
import { countDownload } from './count-download.ts'
import { openFile } from './download/open-file.ts'
import { maxTextBytes, readText, type ReadText } from './download/read-text.ts'
import { goToMessage } from './open-message.ts'
import { textPage } from './pages/text-page.ts'
import type { PortalParts } from './portal-parts.ts'
import { messagePath, pageContext, showPage, type PageParts } from './show-page.ts'

type TokenRoute = { Params: { token: string } }

/** The path of a private text out: as for a file, but shown as a page for as long as the ticket lasts. */
export function serveText(app: FastifyInstance, parts: PortalParts & PageParts): void {
  app.post<TokenRoute>('/l/:token/text', async (request, reply) => {
    const visitor = await authenticate(parts, request)
    const opening = await authoriseLink(parts.db, request.params.token, visitor)
    if ('loginNeeded' in opening) return goToMessage(request, reply)
    await countDownload(parts, { request, reply }, { opening, visitor, file: textOf(opening) })
    return reply.redirect(`${messagePath(request)}/text`, 303)
  })

  app.get<TokenRoute>('/l/:token/text', async (request, reply) => {
    const visitor = await authenticate(parts, request)
    const opening = await authoriseLink(parts.db, request.params.token, visitor)
    if ('loginNeeded' in opening || !visitor.sessionHash) return goToMessage(request, reply)
    const { message, person } = opening
    const fileIds = [textOf(opening).id]
    const tickets = await findTicketsOfSession(parts.db, { sessionHash: visitor.sessionHash, person, fileIds })
    const [ticket] = tickets.values()
    if (!ticket) return goToMessage(request, reply)
    const read = await readSealedText(parts, opening, ticket.id)
    const page = textPage(pageContext(parts, request, message.lang), {
      subject: message.subject,
      senderName: message.senderName,
      text: read.text,
      hasMore: read.hasMore,
      mailAt: `/d/${ticket.id}`,
      messageAt: `${messagePath(request)}`,
      until: ticket.endsAt,
    })
    return showPage(reply, 200, page)
  })
}

function textOf({ files }: Opening) {
  const text = files.find(file => file.kind === 'body')
  if (!text) throw new Failure('LINK_UNKNOWN')
  return text
}

async function readSealedText(parts: PortalParts, opening: Opening, ticketId: string): Promise<ReadText> {
  const file = textOf(opening)
  if (file.sizeBytes > maxTextBytes) return { text: null, hasMore: false }
  return readText(await openFile(parts, { ticketId, message: opening.message, file }))
}
