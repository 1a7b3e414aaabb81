import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { contentSecurityPolicy } from './security-headers.ts'

/** The scripts that pages may load, by name. All are served by us; none is needed for a page to work. */
const scriptFiles = {
  tus: createRequire(import.meta.url).resolve('tus-js-client/dist/tus.min.js'),
  chooseFiles: new URL('../assets/choose-files.js', import.meta.url),
  compose: new URL('../assets/compose.js', import.meta.url),
  download: new URL('../assets/download.js', import.meta.url),
  draft: new URL('../assets/draft.js', import.meta.url),
  recipients: new URL('../assets/recipients.js', import.meta.url),
  signature: new URL('../assets/signature.js', import.meta.url),
  typed: new URL('../assets/typed.js', import.meta.url),
}

type ScriptName = keyof typeof scriptFiles

export interface Scripts {
  /** The path of each script; another version of it has another path. */
  paths: Record<ScriptName, string>
  serve(app: FastifyInstance): void
}

/** Reads the scripts. */
export function readScripts(): Scripts {
  const scripts = Object.entries(scriptFiles).map(([name, file]) => {
    const text = readFileSync(file)
    const version = createHash('sha256').update(text).digest('hex').slice(0, 16)
    return { name, text, version, path: `/assets/${name}.js` }
  })
  return {
    paths: Object.fromEntries(
      scripts.map(({ name, path, version }) => [name, `${path}?${version}`]),
    ) as Scripts['paths'],
    serve: app => {
      for (const { text, version, path } of scripts) {
        app.get(path, (request, reply) => {
          // During an upgrade another node may be asked for its neighbour's version.
          const isOurs = request.raw.url?.endsWith(`?${version}`) ?? false
          reply.header('Cache-Control', isOurs ? 'public, max-age=31536000, immutable' : 'no-cache')
          return reply.type('text/javascript; charset=utf-8').send(text)
        })
      }
    },
  }
}

/** Lets a page run our scripts, and those ask us: no others, and nobody else. */
export function allowScripts(reply: FastifyReply): void {
  reply.header('Content-Security-Policy', `${contentSecurityPolicy}; script-src 'self'; connect-src 'self'`)
}
