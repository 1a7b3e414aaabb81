import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'

const folder = new URL('assets/', import.meta.url)
const styleFiles = ['page.css', 'forms.css', 'content.css']

/** What browsers fetch beside the pages. */
export interface Assets {
  /** The path of the style sheet; another version of it has another path. */
  styleSheet: string
  serve(app: FastifyInstance): void
}

/** Reads the style sheet and the icon from beside this file. */
export function readAssets(): Assets {
  const style = styleFiles.map(name => readFileSync(new URL(name, folder), 'utf8')).join('\n')
  const icon = readFileSync(new URL('envelope.svg', folder), 'utf8')
  const version = createHash('sha256').update(style).digest('hex').slice(0, 16)
  return {
    styleSheet: `/assets/portal.css?${version}`,
    serve: app => {
      // During an upgrade another node may be asked for its neighbour's version: it answers with its own, for that once.
      app.get('/assets/portal.css', (request, reply) => {
        const isOurs = request.raw.url?.endsWith(`?${version}`) ?? false
        reply.header('Cache-Control', isOurs ? 'public, max-age=31536000, immutable' : 'no-cache')
        return reply.type('text/css; charset=utf-8').send(style)
      })
      app.get('/assets/envelope.svg', (_, reply) =>
        reply.header('Cache-Control', 'public, max-age=86400').type('image/svg+xml').send(icon),
      )
    },
  }
}
