import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { extname } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { colourRules } from './colours.ts'

const folder = new URL('../assets/', import.meta.url)
const styleFiles = ['page.css', 'forms.css', 'content.css', 'compose.css', 'recipients.css', 'sent.css']

/** What browsers fetch beside the pages. */
export interface Assets {
  /** The path of the style sheet; another version of it has another path. */
  styleSheet: string
  /** The path of the organisation's logo; null where there is none. */
  logo: string | null
  serve(app: FastifyInstance): void
}

const imageTypes: Record<string, string> = {
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.webp': 'image/webp',
}

/** Reads the style sheet and the icon from beside this file, with the organisation's colour and logo. */
export function readAssets(branding: { colour: string; logo?: string | undefined }): Assets {
  const files = styleFiles.map(name => readFileSync(new URL(name, folder), 'utf8'))
  const style = [...files, colourRules(branding.colour)].join('\n')
  const logo = branding.logo === undefined ? null : readFileSync(branding.logo)
  const icon = readFileSync(new URL('envelope.svg', folder), 'utf8')
  const version = createHash('sha256').update(style).digest('hex').slice(0, 16)
  return {
    styleSheet: `/assets/portal.css?${version}`,
    logo: logo && '/assets/logo',
    serve: app => {
      // During an upgrade another node may be asked for its neighbour's version: it answers with its own, for that once.
      app.get('/assets/portal.css', (request, reply) => {
        const isOurs = request.raw.url?.endsWith(`?${version}`) ?? false
        reply.header('Cache-Control', isOurs ? 'public, max-age=31536000, immutable' : 'no-cache')
        return reply.type('text/css; charset=utf-8').send(style)
      })
      const logoType = imageTypes[extname(branding.logo ?? '').toLowerCase()] ?? 'application/octet-stream'
      if (logo) {
        app.get('/assets/logo', (_, reply) =>
          reply.header('Cache-Control', 'public, max-age=86400').type(logoType).send(logo),
        )
      }
      app.get('/assets/envelope.svg', (_, reply) =>
        reply.header('Cache-Control', 'public, max-age=86400').type('image/svg+xml').send(icon),
      )
    },
  }
}
