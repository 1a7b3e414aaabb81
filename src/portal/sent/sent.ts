import type { FastifyInstance } from 'fastify'
import { findSent, findSentRows, senderKeys } from '#database/sent.ts'
import { canonical } from '#mail/address.ts'
import { requireAccount } from '#portal/login/require-account.ts'
import { readCursor, writeCursor } from '#portal/server/cursor.ts'
import { sentPage } from './sent-page.ts'
import { findOwnMessages } from './own-message.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import { pageContext, showPage, type PageDeps } from '#portal/server/show-page.ts'
import { queryOf } from '#portal/server/fields-of.ts'

const onePage = 25
const maxSearchCharacters = 200

/** The messages that somebody has sent, from here or marked in a mail program. */
export function serveSent(app: FastifyInstance, deps: PortalDeps & PageDeps): void {
  app.get('/sent', async (request, reply) => {
    const account = await requireAccount(deps, request, reply)
    const query = queryOf(request)
    const before = readCursor(query.before)
    const search = typeof query.search === 'string' ? query.search.slice(0, maxSearchCharacters).trim() : ''
    const words = canonical(search)
      .replaceAll('\0', '')
      .split(/\s+/)
      .filter(word => word !== '')
    const keys = senderKeys(account.id, account.addresses)
    const found = await findSent(deps.db, keys, { words, before, limit: onePage + 1 })
    const shown = found.slice(0, onePage)
    const last = shown.at(-1)
    const at = (cursor: string | null) => {
      const asked = new URLSearchParams({ ...(search && { search }), ...(cursor !== null && { before: cursor }) })
      return asked.size === 0 ? '/sent' : `/sent?${asked.toString()}`
    }
    // The keys that they were found by are no proof of whose they are.
    const ids = shown.map(({ id }) => id)
    const own = await findOwnMessages(deps, ids, account)
    const rows = await findSentRows(
      deps.db,
      ids.filter(id => own.has(id)),
    )
    const page = sentPage(pageContext(deps, request), {
      messages: rows,
      search,
      first: before && at(null),
      next: found.length > onePage && last ? at(writeCursor(last)) : null,
    })
    return showPage(reply, 200, page)
  })
}
