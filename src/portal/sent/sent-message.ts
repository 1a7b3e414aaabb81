import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { unwrapKey } from '#crypto/message-key.ts'
import { record } from '#database/audit.ts'
import { findFiles } from '#database/files.ts'
import { findSlim, type MessageRow } from '#database/messages.ts'
import { streamOf } from '#platform/chunks.ts'
import { openSlim } from '#objects/slim-mail.ts'
import { requireAccount } from '#portal/login/require-account.ts'
import { openPlain } from '#objects/sealed-file.ts'
import { confirmRevokePage, sentMessagePage } from './sent-message-page.ts'
import type { Done, SentView } from './sent-view.ts'
import { sentWords } from './words.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import { findLinkOf, findOwnMessage, isOpen } from './own-message.ts'
import { allowScripts } from '#portal/server/security-headers.ts'
import { describeSent } from './show-sent-view.ts'
import { pageContext, showPage, type PageDeps } from '#portal/server/show-page.ts'
import type { Views } from '#portal/view/views.ts'
import { queryOf } from '#portal/server/fields-of.ts'

export type SentRoute = { Params: { message: string } }
type Deps = PortalDeps & PageDeps & { views: Views }

/** The page of a message that somebody has sent, and the one that asks whether to revoke it. Neither changes anything. */
export function serveSentMessage(app: FastifyInstance, deps: Deps): void {
  app.get<SentRoute>('/sent/:message', async (request, reply) => {
    const account = await requireAccount(deps, request, reply)
    const message = await findOwnMessage(deps, request.params.message, account)
    const query = queryOf(request)
    const isTextWanted = query.text !== undefined
    if (isTextWanted && isOpen(message)) {
      const about = { messageId: message.id, address: request.ip }
      await record(deps.db, { action: 'text-shown', actor: `account:${account.id}`, ...about })
    }
    return showSent(
      deps,
      { request, reply, message },
      {
        text: await textOf(deps, message, isTextWanted ? account.id : null),
        isJustSent: query.sent !== undefined,
        done:
          typeof query.done === 'string' && Object.hasOwn(sentWords.sv.done, query.done) ? (query.done as Done) : null,
      },
    )
  })

  app.get<SentRoute>('/sent/:message/revoke', async (request, reply) => {
    const account = await requireAccount(deps, request, reply)
    const message = await findOwnMessage(deps, request.params.message, account)
    const at = `/sent/${message.id}`
    const { link: linkId } = queryOf(request)
    const link = linkId === undefined ? null : await findLinkOf(deps, message, linkId)
    if (!isOpen(message) || (linkId !== undefined && (!link || link.revokedAt))) return reply.redirect(at, 303)
    return showPage(reply, 200, confirmRevokePage(pageContext(deps, request), { at, subject: message.subject, link }))
  })
}

interface Exchange {
  request: FastifyRequest<SentRoute>
  reply: FastifyReply
  message: MessageRow
}

/** Answers with the page of a message; 422 where there is something that could not be done. */
export async function showSent(
  deps: Deps,
  { request, reply, message }: Exchange,
  shown: Parameters<typeof describeSent>[2],
): Promise<FastifyReply> {
  allowScripts(reply)
  const { draft, typed, recipients } = deps.scripts
  const around = { here: `/sent/${message.id}`, scripts: [draft, typed, recipients] }
  const context = { ...pageContext(deps, request), ...around }
  const view = await describeSent(deps, { message, language: context.language }, shown)
  return showPage(reply, view.problems.length > 0 ? 422 : 200, sentMessagePage(context, view))
}

/**
 * What the sender wrote, as far as it is there: in the slim mail, or sealed if it is private. `wantedBy` is the account that
 * asks for it, or null. Throws `VIEWS_AT_ONCE`.
 */
export async function textOf(deps: Deps, message: MessageRow, wantedBy: string | null): Promise<SentView['text']> {
  const body = (await findFiles(deps.db, message.id)).find(file => file.kind === 'body')
  // A mail that was sealed whole has its text in a file.
  if (!isOpen(message) || message.wrappedKey === null || (!body && message.copy === 'notice')) return null
  if (wantedBy === null) return { is: 'hidden' }
  const wrapped = message.wrappedKey
  const open = async () => (body ? streamOf(await openPlain(deps, message, body)) : openOwnSlim(deps, message, wrapped))
  const mail = { sizeBytes: body?.sizeBytes ?? message.slimSizeBytes, open, who: `account:${wantedBy}` }
  const { text } = await deps.views.read(mail, 'plain')
  return text === null ? { is: 'too long' } : { is: 'shown', text }
}

async function openOwnSlim({ db, objects, masterKeys }: Deps, message: MessageRow, wrapped: Buffer) {
  const key = unwrapKey(masterKeys, message.id, { keyId: message.keyId, wrapped })
  return openSlim(objects, await findSlim(db, message), key)
}
