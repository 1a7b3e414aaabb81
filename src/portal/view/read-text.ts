import { buffer } from 'node:stream/consumers'
import { MailParser, type AttachmentStream, type MessageText } from 'mailparser'
import { safeHtml, type Pictures, type SafeHtml } from './safe-html.ts'
import { textOfHtml } from './text-of-html.ts'
import { escapeHtml } from '#texts/escape-html.ts'

/** The text of a mail, made fit to be shown: formatted, or as text; both are null if it is too much to be shown. */
export interface ReadText {
  /** As plain text; null if it is shown formatted, or is too much. */
  text: string | null
  /** Made harmless; null if the mail has no HTML, or its HTML is too much. */
  html: string | null
  /** Whether there are images or other parts that are not shown. */
  hasMore: boolean
}

/** What is wanted: HTML if the mail has some, or plain text alone. */
export type TextWanted = 'formatted' | 'plain'

/** Longer texts are for mail programs: the page is written in the thread that carries mail. */
const maxTextCharacters = 2 * 1024 * 1024

/** A part of a mail that is text. `tree` of mailparser is made of these; it is not documented, but the version is fixed. */
interface Node {
  contentType: string | false
  textContent?: string
  children: Node[]
}

interface Text {
  isHtml: boolean
  content: string
}

/**
 * Reads every text of a mail, in the order of the mail; of alternatives, the one that is wanted. It takes as much time and memory
 * as a stranger's mail makes it take, so it is called in a thread of its own only. Throws what mailparser throws.
 */
export async function readText(mail: Buffer, wanted: TextWanted): Promise<ReadText> {
  const { tree, pictures, others } = await parse(mail)
  const formatted = wanted === 'formatted' ? textsIn(tree, true) : []
  const isFormatted = formatted.some(({ isHtml }) => isHtml)
  const shown = isFormatted ? writeHtml(formatted, pictures) : null
  if (shown) return { text: null, html: shown.html, hasMore: others > 0 || shown.leftOut || shown.used < pictures.size }
  const text = writeText(textsIn(tree, false))
  return { text, html: null, hasMore: text !== null && (isFormatted || others > 0 || pictures.size > 0) }
}

/** The tree of parts, the images that HTML can show by their Content-ID, and how many other parts there are. */
async function parse(mail: Buffer): Promise<{ tree: Node; pictures: Pictures; others: number }> {
  const parser = new MailParser({
    // Quadratic, and not needed: texts are written below.
    skipHtmlToText: true,
    skipTextToHtml: true,
    ignoreEmbedded: true,
    checksumAlgo: false,
  })
  const pictures: Pictures = new Map()
  let others = 0
  parser.end(mail)
  for await (const part of parser as AsyncIterable<AttachmentStream | MessageText>) {
    if (part.type !== 'attachment') continue
    const content = await buffer(part.content)
    part.release?.()
    if (part.cid && !pictures.has(part.cid)) pictures.set(part.cid, { mediaType: part.contentType, content })
    else others += 1
  }
  return { tree: (parser as unknown as { tree: Node }).tree, pictures, others }
}

/** The texts in a part. Of alternatives, the last one with HTML, or the first one that is plain throughout. */
function textsIn(node: Node, preferHtml: boolean): Text[] {
  const own = node.textContent ? [{ isHtml: node.contentType === 'text/html', content: node.textContent }] : []
  const parts = node.children.map(child => textsIn(child, preferHtml))
  if (node.contentType !== 'multipart/alternative') return [...own, ...parts.flat()]
  const versions = parts.filter(texts => texts.length > 0)
  const best = preferHtml
    ? versions.findLast(texts => texts.some(({ isHtml }) => isHtml))
    : versions.find(texts => !texts.some(({ isHtml }) => isHtml))
  return best ?? versions.at(-1) ?? []
}

/** Null if it is too much. */
function writeHtml(texts: Text[], pictures: Pictures) {
  const written = texts.map(({ isHtml, content }) => (isHtml ? safeHtml(content, pictures) : asHtml(content)))
  if (written.includes(null)) return null
  const all = written.filter(each => each !== null)
  return {
    html: all.map(({ html }) => html).join('\n'),
    leftOut: all.some(({ leftOut }) => leftOut),
    used: new Set(all.flatMap(({ used }) => used)).size,
  }
}

function asHtml(text: string): SafeHtml | null {
  if (text.length > maxTextCharacters) return null
  return { html: `<pre>${escapeHtml(text)}</pre>`, leftOut: false, used: [] }
}

/** Null if it is too much. */
function writeText(texts: Text[]): string | null {
  const written = texts.map(({ isHtml, content }) => {
    if (!isHtml) return content
    const safe = safeHtml(content)
    return safe && textOfHtml(safe.html)
  })
  const length = written.reduce((sum, text) => sum + (text?.length ?? Infinity), 0)
  return length > maxTextCharacters ? null : written.join('\n')
}
