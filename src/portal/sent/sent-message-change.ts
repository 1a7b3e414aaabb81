import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { revokeLink, revokeMessage } from '#database/endings.ts'
import type { MessageRow } from '#database/messages.ts'
import { extendMessage, raiseLimit, sendLinkAgain } from '#database/sent-changes.ts'
import type { Account } from '#model.ts'
import { requireAccount } from '#portal/login/require-account.ts'
import { addTyped } from './change-sent-recipients.ts'
import type { Done, SentView } from './sent-view.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import type { SentProblem } from '#portal/pages/problem.ts'
import { readExtension, readRaise } from './bounds.ts'
import { findLinkOf, findOwnMessage, isOpen } from './own-message.ts'
import { limitsOfMessage } from './show-sent-view.ts'
import { showSent, textOf, type SentRoute } from './sent-message.ts'
import type { PageDeps } from '#portal/server/show-page.ts'
import type { Views } from '#portal/view/views.ts'
import { formOf } from '#portal/server/fields-of.ts'

type Deps = PortalDeps & PageDeps & { views: Views }

/** Whose message is to be changed, by whom, and what was filled in. */
interface Asked {
  message: MessageRow
  account: Account
  form: Record<string, unknown>
  by: { actor: `account:${string}`; address: string }
}

/** What became of it: done, or not, and why. Something that somebody did already is done. */
type Result = { done: Done | null } | { problem: SentProblem; typed?: Partial<SentView['typed']> }

/** Long lists of recipients. */
const bodyLimit = 256 * 1024

/** What a sender can do about a message that they have sent; each is done once, however often it is asked for. */
export function serveSentMessageChange(app: FastifyInstance, deps: Deps): void {
  const actions: Record<string, (asked: Asked) => Promise<Result>> = {
    revoke: asked => revoke(deps, asked),
    extend: asked => extend(deps, asked),
    max: asked => raise(deps, asked),
    resend: asked => sendAgain(deps, asked),
    recipients: asked => addTyped(deps, asked),
  }
  for (const [change, act] of Object.entries(actions)) {
    app.post<SentRoute>(`/sent/:message/${change}`, { bodyLimit }, async (request, reply) => {
      const account = await requireAccount(deps, request, reply)
      const message = await findOwnMessage(deps, request.params.message, account)
      const form = formOf(request)
      const by = { actor: `account:${account.id}`, address: request.ip } as const
      const isLate = !isOpen(message) && change !== 'revoke'
      const result: Result = isLate ? { problem: ended } : await act({ message, account, form, by })
      return answer(deps, { request, reply, message }, result)
    })
    // Where forms are posted to; a reload or the address bar asks for it as a page.
    if (change !== 'revoke') {
      app.get<SentRoute>(`/sent/:message/${change}`, async (request, reply) =>
        reply.redirect(`/sent/${encodeURIComponent(request.params.message)}`, 303),
      )
    }
  }
}

const ended: SentProblem = { field: 'content', what: 'ended' }

async function answer(
  deps: Deps,
  { request, reply, message }: { request: FastifyRequest<SentRoute>; reply: FastifyReply; message: MessageRow },
  result: Result,
): Promise<FastifyReply> {
  if ('done' in result) return reply.redirect(`/sent/${message.id}${result.done ? `?done=${result.done}` : ''}`, 303)
  const { problem, typed = {} } = result
  const text = await textOf(deps, message, null)
  return showSent(deps, { request, reply, message }, { text, problems: [problem], typed })
}

async function revoke(deps: Deps, { message, form, by }: Asked): Promise<Result> {
  if (form['link'] === undefined) {
    // Where it has expired meanwhile, its page says so.
    const isRevoked = (await revokeMessage(deps.db, message.id, by)) || message.revoked
    return { done: isRevoked ? 'revoked' : null }
  }
  const link = await findLinkOf(deps, message, form['link'])
  if (!link || !isOpen(message)) return { done: null }
  await revokeLink(deps.db, link.id, by)
  return { done: 'link-revoked' }
}

async function extend(deps: Deps, { message, form, by }: Asked): Promise<Result> {
  const expires = fieldOf(form, 'expires')
  const until = readExtension(message, expires, { limits: await limitsOfMessage(deps, message), now: new Date() })
  if (!(until instanceof Date)) return { problem: until, typed: { expires } }
  await extendMessage(deps, message.id, until, by)
  return { done: 'extended' }
}

async function raise(deps: Deps, { message, form, by }: Asked): Promise<Result> {
  const typed = fieldOf(form, 'max')
  // It is unlimited by now.
  if (message.max === null) return { done: null }
  const wanted = readRaise(message, typed, await limitsOfMessage(deps, message))
  if ('problem' in wanted) return { problem: wanted.problem, typed: { max: typed } }
  await raiseLimit(deps, message.id, wanted.max, by)
  return { done: 'raised' }
}

async function sendAgain(deps: Deps, { message, form, by }: Asked): Promise<Result> {
  const link = await findLinkOf(deps, message, form['link'])
  if (!link || link.revokedAt) return { done: null }
  const asked = { messageId: message.id, linkId: link.id }
  const isQueued = await deps.db.transaction(tx => sendLinkAgain(tx, asked, by))
  return isQueued ? { done: 'sent-again' } : { problem: { field: 'recipients', what: 'just sent' } }
}

function fieldOf(form: Record<string, unknown>, name: string): string {
  const value = form[name]
  return typeof value === 'string' ? value.trim() : ''
}
