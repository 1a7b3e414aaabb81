import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { extname } from 'node:path'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { colourRules } from './colours.ts'

const folder = new URL('../assets/', import.meta.url)
const styleFiles = ['page.css', 'forms.css', 'content.css', 'compose.css', 'recipients.css', 'sent.css']

/** The scripts that pages may load, by name. All are served by us; none is needed for a page to work. */
const scriptFiles = {
  tus: createRequire(import.meta.url).resolve('tus-js-client/dist/tus.min.js'),
  chooseFiles: new URL('choose-files.js', folder),
  compose: new URL('compose.js', folder),
  download: new URL('download.js', folder),
  draft: new URL('draft.js', folder),
  recipients: new URL('recipients.js', folder),
  signature: new URL('signature.js', folder),
  typed: new URL('typed.js', folder),
}

/** What browsers fetch beside the pages. */
export interface Assets {
  /** Another version of a style sheet or script has another path. */
  styleSheet: string
  scripts: Record<keyof typeof scriptFiles, string>
  /** The path of the organisation's logo; null if there is none. */
  logo: string | null
  /** What answers for each name below `/assets/`. */
  files: Map<string, Answer>
}

type Answer = (request: FastifyRequest, reply: FastifyReply) => FastifyReply

const imageTypes: Record<string, string> = {
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.webp': 'image/webp',
}

/** Reads style sheet, scripts and icon from beside this file, with the organisation's colour and logo. */
export function readAssets(branding: { colour: string; logo?: string | undefined }): Assets {
  const rules = styleFiles.map(name => readFileSync(new URL(name, folder), 'utf8'))
  const style = versioned([...rules, colourRules(branding.colour)].join('\n'), 'text/css')
  const scripts = Object.entries(scriptFiles).map(([name, file]) => ({
    name,
    ...versioned(readFileSync(file, 'utf8'), 'text/javascript'),
  }))
  const files = new Map<string, Answer>([
    ['portal.css', style.send],
    ['envelope.svg', keptForADay(readFileSync(new URL('envelope.svg', folder)), 'image/svg+xml')],
    ...scripts.map(({ name, send }) => [`${name}.js`, send] as const),
  ])
  if (branding.logo !== undefined) {
    const type = imageTypes[extname(branding.logo).toLowerCase()] ?? 'application/octet-stream'
    files.set('logo', keptForADay(readFileSync(branding.logo), type))
  }
  return {
    styleSheet: `/assets/portal.css?${style.version}`,
    scripts: Object.fromEntries(
      scripts.map(({ name, version }) => [name, `/assets/${name}.js?${version}`]),
    ) as Assets['scripts'],
    logo: branding.logo === undefined ? null : '/assets/logo',
    files,
  }
}

/** Serves what `readAssets` has read. */
export function serveAssets(app: FastifyInstance, { files }: Assets): void {
  for (const [name, answer] of files) app.get(`/assets/${name}`, answer)
}

/** Lets browsers keep a text for good under the path of its version. */
function versioned(text: string, type: string): { version: string; send: Answer } {
  const version = createHash('sha256').update(text).digest('hex').slice(0, 16)
  const send: Answer = (request, reply) => {
    // During an upgrade a node may be asked for its neighbour's version: it answers with its own, for that once.
    const isOurs = request.raw.url?.endsWith(`?${version}`) ?? false
    reply.header('Cache-Control', isOurs ? 'public, max-age=31536000, immutable' : 'no-cache')
    return reply.type(`${type}; charset=utf-8`).send(text)
  }
  return { version, send }
}

function keptForADay(image: Buffer, type: string): Answer {
  return (_, reply) => reply.header('Cache-Control', 'public, max-age=86400').type(type).send(image)
}
