import type { FastifyInstance } from 'fastify'
import { noticePage } from './pages/notice-page.ts'
import { words } from './pages/words.ts'
import type { PortalParts } from './portal-parts.ts'
import { pageContext, showPage, type PageParts } from './show-page.ts'

/** The first page: what this is. It lists nothing. */
export function serveHome(app: FastifyInstance, parts: PageParts): void {
  app.get('/', (request, reply) => {
    const context = pageContext(parts, request)
    const say = words[context.language]
    const page = noticePage(context, say.homeTitle, say.homeText(context.organisation), say.homeHow)
    return showPage(reply, 200, page)
  })

  // The same answer for every path, without looking anything up. A ticket has its own.
  app.head('/*', (_, reply) => reply.type('text/html; charset=utf-8').send())
}

/** For balancers: 200 where the database can be used, else 503. Without the database nothing can be opened. */
export function serveHealth(app: FastifyInstance, { db, log }: Pick<PortalParts, 'db' | 'log'>): void {
  app.get('/healthz', async (_, reply) => {
    try {
      await db.check()
      return await reply.type('text/plain').send('ok\n')
    } catch (error) {
      log.warn({ err: error }, 'Not healthy')
      return reply.code(503).type('text/plain').send('the database is away\n')
    }
  })
}
