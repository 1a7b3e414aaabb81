import sanitizeHtml from 'sanitize-html'
import { textOfHtml } from './text-of-html.ts'

/** What a signature is made of. No images, which would be fetched from elsewhere, and no styles, of which pages show none. */
const tags = ['a', 'b', 'br', 'div', 'em', 'i', 'li', 'ol', 'p', 'strong', 'u', 'ul']

/** Of what other programs write for a signature. It is read in the thread that carries mail: in some milliseconds. */
const maxCharacters = 50_000
const maxTags = 3000

/**
 * A formatted signature as it may stand in mails and pages: a few tags, links, and text; empty if there is no text in it.
 * What is too much is cut off.
 */
export function safeSignature(source: string): string {
  const short = source.slice(0, maxCharacters).split('<', maxTags).join('<')
  // The cells of a row are words of one line.
  const safe = sanitizeHtml(short.replace(/<\/t[dh]>/gi, ' '), {
    allowedTags: tags,
    allowedAttributes: { a: ['href'] },
    allowedSchemes: ['http', 'https', 'mailto', 'tel'],
    allowProtocolRelative: false,
    nestingLimit: 20,
    transformTags: { h1: 'p', h2: 'p', h3: 'p', h4: 'p', tr: 'div' },
  })
  return textOf(safe) === '' ? '' : safe.trim()
}

/** The same as text, for those who read their mail as text. Links keep their words. */
export function textOf(safe: string): string {
  return textOfHtml(safe).replace(/\n{2,}/g, '\n')
}
