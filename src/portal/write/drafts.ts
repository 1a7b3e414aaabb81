import type { FastifyInstance } from 'fastify'
import {
  deleteDraft,
  discardDraft,
  discardedDays,
  findDiscardedDrafts,
  findDrafts,
  mostDiscarded,
  restoreDraft,
  type DraftRow,
} from '#database/drafts.ts'
import { requireAccount } from '#portal/login/require-account.ts'
import { opened } from './open-draft.ts'
import { readCursor, writeCursor } from '#portal/server/cursor.ts'
import { draftsPage } from './drafts-page.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import { pageContext, showPage, type PageDeps } from '#portal/server/show-page.ts'
import { uuid } from '#platform/uuid.ts'
import { queryOf } from '#portal/server/fields-of.ts'

type DraftRoute = { Params: { draft: string } }

const onePage = 25

/** All messages that somebody has begun, and those that they have discarded and may take back. */
export function serveDrafts(app: FastifyInstance, deps: PortalDeps & PageDeps): void {
  const { db } = deps
  const describe = (row: DraftRow) => {
    const { subject = '', to = '' } = opened(deps, row)?.content ?? {}
    return { id: row.id, subject, to, changedAt: row.changedAt }
  }

  app.get('/drafts', async (request, reply) => {
    const account = await requireAccount(deps, request, reply)
    const query = queryOf(request)
    const before = readCursor(query.before)
    const found = await findDrafts(db, account.id, { limit: onePage + 1, before })
    const shown = found.slice(0, onePage)
    const last = shown.at(-1)
    const next = found.length > onePage && last ? writeCursor({ createdAt: last.changedAt, id: last.id }) : null
    const discarded = before ? [] : await findDiscardedDrafts(db, account.id, mostDiscarded)
    const page = draftsPage(pageContext(deps, request), {
      drafts: shown.map(describe),
      discarded: discarded.map(describe),
      // The address says what somebody has just done; whether it is still so, the database does.
      justDiscarded: discarded.find(({ id }) => id === query.discarded)?.id ?? null,
      discardedDays,
      first: before && '/drafts',
      next: next === null ? null : `/drafts?before=${next}`,
    })
    return showPage(reply, 200, page)
  })

  const actions = {
    discard: async (id: string, accountId: string) => {
      await discardDraft(db, id, accountId)
      return `/drafts?discarded=${id}`
    },
    restore: async (id: string, accountId: string) =>
      (await restoreDraft(db, id, accountId)) ? `/new/${id}` : '/drafts',
    delete: async (id: string, accountId: string) => {
      await deleteDraft(db, id, accountId)
      return '/drafts'
    },
  }
  for (const [name, act] of Object.entries(actions)) {
    app.post<DraftRoute>(`/drafts/:draft/${name}`, async (request, reply) => {
      const account = await requireAccount(deps, request, reply)
      const { draft } = request.params
      return reply.redirect(uuid.test(draft) ? await act(draft, account.id) : '/drafts', 303)
    })
    // Where forms are posted to; a reload or the address bar asks for it as a page.
    app.get(`/drafts/:draft/${name}`, (_, reply) => reply.redirect('/drafts', 303))
  }
}
