import type { FastifyInstance } from 'fastify'
import { tokenOf } from '#database/links.ts'
import { findReceived, type ReceivedRow } from '#database/received.ts'
import { canonical } from '#mail/address.ts'
import { requireAccount } from '#portal/login/require-account.ts'
import { readCursor, writeCursor } from '#portal/server/cursor.ts'
import { receivedPage, type ReceivedView } from './received-page.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import { pageContext, showPage, type PageDeps } from '#portal/server/show-page.ts'
import { queryOf } from '#portal/server/fields-of.ts'

const onePage = 25

/** The messages that were sent to any of one's addresses and mailboxes, each with its own link. */
export function serveReceived(app: FastifyInstance, deps: PortalDeps & PageDeps): void {
  app.get('/received', async (request, reply) => {
    const account = await requireAccount(deps, request, reply)
    const { before: cursor } = queryOf(request)
    const before = readCursor(cursor)
    const keys = [...new Set([...account.addresses, ...account.mailboxes].map(canonical))]
    const rows = await findReceived(deps, keys, { before, limit: onePage + 1 })
    const shown = rows.slice(0, onePage)
    const last = shown.at(-1)
    const page = receivedPage(pageContext(deps, request), {
      messages: shown.map(row => describe(deps, row, account.addresses[0]!)),
      first: before && '/received',
      next:
        rows.length > onePage && last
          ? `/received?before=${writeCursor({ createdAt: last.createdAt, id: last.linkId })}`
          : null,
    })
    return showPage(reply, 200, page)
  })
}

function describe({ keyring }: Pick<PortalDeps, 'keyring'>, row: ReceivedRow, ownAddress: string): ReceivedView {
  const { linkId: id, messageId, generation, linkKeyId, left, max } = row
  const state = stateOf(row)
  const isOpen = state === 'new' || state === 'fetched' || state === 'used up'
  return {
    ...row,
    at: isOpen ? `/l/${tokenOf(keyring, { id, messageId, generation, linkKeyId })}` : null,
    receivedAt: row.createdAt,
    state,
    files: row.private ? row.files - 1 : row.files,
    left: left === null || max === null ? null : { count: left, max },
    to: canonical(row.recipient) === canonical(ownAddress) ? null : row.recipient,
  }
}

function stateOf({ revoked, endedAt, expiresAt, left, fetched }: ReceivedRow): ReceivedView['state'] {
  if (revoked) return 'revoked'
  if (endedAt !== null || expiresAt <= new Date()) return 'expired'
  if (left === 0) return 'used up'
  return fetched ? 'fetched' : 'new'
}
