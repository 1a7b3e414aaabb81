import type { SeeValue } from './html-places.ts'

/** A Content-ID cannot be longer: it is in one line of a header. */
const cidLink = /^\s*cid:([^\s"'<>()\\]{1,998})/i
const cidInStyle = /url\(\s{0,20}["']?(cid:[^\s"'<>()\\]{1,998})/gi

/** Finds the images that an HTML text shows, of those whose Content-ID is `wanted`: by `img`, or as a background. */
export function shownImages(wanted: Set<string>): { see: SeeValue; found: Set<string> } {
  const found = new Set<string>()

  function look(link: string): void {
    const id = spellings(cidLink.exec(link)?.[1] ?? '').find(spelling => wanted.has(spelling))
    if (id !== undefined) found.add(id)
  }

  return {
    found,
    see(tag, attribute, value) {
      if (wanted.size === 0) return
      const plain = withoutEntities(value)
      if (attribute === 'background' || (attribute === 'src' && tag === 'img')) look(plain)
      else if (attribute === 'style' && /background/i.test(plain))
        for (const [, link] of plain.matchAll(cidInStyle)) look(link!)
    },
  }
}

/** RFC 2392: a URL may be percent-encoded. */
function spellings(url: string): string[] {
  return [url, url.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))]
}

/** Those that writers of HTML put into a link or around it. */
function withoutEntities(value: string): string {
  return value
    .replace(/&(?:quot|#34|#x22);/gi, '"')
    .replace(/&(?:apos|#39|#x27);/gi, "'")
    .replace(/&(?:commat|#64|#x40);/gi, '@')
    .replace(/&(?:amp|#38|#x26);/gi, '&')
}
