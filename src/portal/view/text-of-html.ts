import sanitizeHtml from 'sanitize-html'

/** The text of HTML that `safeHtml` or `safeSignature` wrote, line by line as it would be shown. Links keep their words. */
export function textOfHtml(safe: string): string {
  const withLines = safe
    .replace(/\s+/g, ' ')
    .replace(/<\/(?:td|th)>/g, ' ')
    .replace(/<(?:br|hr) ?\/?>|<\/(?:blockquote|center|d[dlt]|div|h[1-6]|li|p|pre|table|tr)>/g, '\n')
    .replace(/<(?:blockquote|center|d[dlt]|div|h[1-6]|li|ol|p|pre|table|tr|ul)(?: [^>]*)?>/g, '\n')
  const text = sanitizeHtml(withLines, { allowedTags: [], allowedAttributes: {}, nestingLimit: 1 })
  return unescape(text)
    .split('\n')
    .map(line => line.trim())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
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
