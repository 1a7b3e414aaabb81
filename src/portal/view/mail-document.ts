import type { Language } from '#model.ts'
import { escapeHtml } from '#texts/escape-html.ts'

const style = `
  body { margin: 1rem; font: 16px/1.5 system-ui, sans-serif; color: #1a1f24; background: #fff; overflow-wrap: anywhere }
  img { max-width: 100%; height: auto }
  table { max-width: 100% }
  pre { font: inherit; white-space: pre-wrap }
`

/** A document around HTML that `safeHtml` made harmless; the title is escaped here. */
export function mailDocument(language: Language, title: string, safe: string): string {
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title><style>${style}</style></head><body>${safe}</body></html>`
}
