const maxBytes = 200
/** What is longer than this is no extension but a part of a sentence. */
const maxExtensionBytes = 20
const windowsDevices = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i

const extensions: Record<string, string> = {
  'application/gzip': 'gz',
  'application/json': 'json',
  'application/msword': 'doc',
  'application/ms-tnef': 'dat',
  'application/pdf': 'pdf',
  'application/rtf': 'rtf',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.ms-powerpoint': 'ppt',
  'application/vnd.oasis.opendocument.spreadsheet': 'ods',
  'application/vnd.oasis.opendocument.text': 'odt',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'pptx',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/xml': 'xml',
  'application/zip': 'zip',
  'audio/mpeg': 'mp3',
  'image/gif': 'gif',
  'image/heic': 'heic',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/svg+xml': 'svg',
  'image/tiff': 'tif',
  'image/webp': 'webp',
  'message/rfc822': 'eml',
  'text/calendar': 'ics',
  'text/csv': 'csv',
  'text/html': 'html',
  'text/plain': 'txt',
  'text/vcard': 'vcf',
  'text/x-vcard': 'vcf',
  'video/mp4': 'mp4',
}

/**
 * A name to show and to save under, made from one that a mail gives and nobody can trust: the last segment
 * of a path, NFC, without control, format (bidi, zero-width) and device characters, at most 200 bytes of UTF-8
 * with its extension kept. Where nothing is left, `file-1.pdf` by number and media type.
 */
export function safeFileName(given: string | null, mediaType: string, number: number): string {
  const segment = (given ?? '')
    .toWellFormed()
    .normalize('NFC')
    .split(/[/\\]/)
    .map(clean)
    .findLast(name => name !== '')
  const name = segment ?? `file-${number}.${extensions[mediaType] ?? 'bin'}`
  return shorten(windowsDevices.test(name) ? `_${name}` : name, '')
}

/** The same names, told apart where they are equal but for case: `a.pdf`, `a (2).pdf`. */
export function distinctFileNames(names: string[]): string[] {
  const taken = new Set<string>()
  const next = new Map<string, number>()
  return names.map(name => {
    let distinct = name
    for (let number = next.get(key(name)) ?? 2; taken.has(key(distinct)); number += 1) {
      distinct = shorten(name, ` (${number})`)
      next.set(key(name), number + 1)
    }
    taken.add(key(distinct))
    return distinct
  })
}

function clean(segment: string): string {
  return (
    segment
      .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\ufffe\uffff]+/gu, '')
      .replace(/\p{Zs}+/gu, ' ')
      .replace(/[<>:"|?*]/g, '_')
      .replace(/^[. ]+/, '')
      .slice(0, 10_000)
      // It may have cut a character of two halves.
      .toWellFormed()
      .replace(/[. ]+$/, '')
  )
}

/** Puts a suffix before the extension and cuts the stem so that the whole fits; never within a character. */
function shorten(name: string, suffix: string): string {
  const dot = name.lastIndexOf('.')
  const isExtension = dot > 0 && byteLength(name.slice(dot)) <= maxExtensionBytes
  const extension = isExtension ? name.slice(dot) : ''
  let stem = isExtension ? name.slice(0, dot) : name
  const room = maxBytes - byteLength(suffix + extension)
  if (byteLength(stem) > room) {
    let bytes = 0
    let kept = ''
    for (const character of stem) {
      bytes += byteLength(character)
      if (bytes > room) break
      kept += character
    }
    stem = kept.trimEnd()
  }
  return stem + suffix + extension
}

function key(name: string): string {
  return name.toLowerCase()
}

function byteLength(text: string): number {
  return Buffer.byteLength(text)
}
