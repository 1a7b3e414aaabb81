import { escapeHtml } from '#texts/escape-html.ts'

const markup = Symbol('markup')

/** Markup that is safe to send: made by `html`, and by nothing else. */
export interface Html {
  readonly [markup]: string
}

/** What may stand in a template. Text is escaped, for content and quoted attributes alike; nothing stands for nothing. */
export type HtmlValue = Html | string | number | null | undefined | false | readonly HtmlValue[]

/** The only way to make markup. Attributes in templates are always quoted. */
export function html(parts: TemplateStringsArray, ...values: HtmlValue[]): Html {
  const text = parts.reduce((before, part, index) => before + write(values[index - 1]) + part)
  return { [markup]: text }
}

/** The text of markup, to be sent. */
export function toText(page: Html): string {
  return page[markup]
}

function write(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return ''
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value))
  if (isList(value)) return value.map(write).join('')
  return value[markup]
}

function isList(value: HtmlValue): value is readonly HtmlValue[] {
  return Array.isArray(value)
}
