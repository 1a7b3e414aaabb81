import sanitizeHtml from 'sanitize-html'

/** What a signature is made of. No images, which would be fetched from elsewhere, and no styles, of which pages show none. */
const tags = ['a', 'b', 'br', 'div', 'em', 'i', 'li', 'ol', 'p', 'strong', 'u', 'ul']

const maxCharacters = 50_000

/** A formatted signature as it may stand in mails and pages: a few tags, links, and text; empty where there is no text in it. */
export function safeSignature(source: string): string {
  // The cells of a row are words of one line.
  const safe = sanitizeHtml(source.slice(0, maxCharacters).replace(/<\/t[dh]>/gi, ' '), {
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
  const withLines = safe
    .replace(/\s+/g, ' ')
    .replace(/<br ?\/?>|<\/(?:div|li|p)>/g, '\n')
    .replace(/<(?:div|li|ol|p|ul)>/g, '\n')
  const text = sanitizeHtml(withLines, { allowedTags: [], allowedAttributes: {} })
  return unescape(text)
    .split('\n')
    .map(line => line.trim())
    .join('\n')
    .replace(/\n{2,}/g, '\n')
    .trim()
}

/** What sanitize-html writes for characters that markup is made of. */
function unescape(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('\u00a0', ' ')
    .replaceAll('&amp;', '&')
}
