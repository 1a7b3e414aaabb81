import type { StoredFile } from '#model.ts'
import type { Slice } from './byte-range.ts'

/** Types that a browser may be told of; whatever else a mail claims is called bytes. */
const safeTypes = new Set([
  'application/gzip',
  'application/msword',
  'application/pdf',
  'application/vnd.ms-excel',
  'application/vnd.ms-powerpoint',
  'application/vnd.oasis.opendocument.presentation',
  'application/vnd.oasis.opendocument.spreadsheet',
  'application/vnd.oasis.opendocument.text',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/zip',
  'audio/mpeg',
  'image/gif',
  'image/jpeg',
  'image/png',
  'image/tiff',
  'image/webp',
  'message/rfc822',
  'text/csv',
  'text/plain',
  'video/mp4',
])

/** A strong entity tag: the bytes of a file never change. Its hash would tell whoever sees it what is in the file. */
export function entityTag(file: Pick<StoredFile, 'id'>): string {
  return `"${file.id}"`
}

/** What is sent, as its header fields tell of it. */
export interface Sent {
  name: string
  mediaType: string
  sizeBytes: number
  entityTag: string
}

/** The header fields of an answer with these bytes: to be saved, never shown or run. */
export function fileHeaders(sent: Sent, slice: Slice): Record<string, string> {
  const size = sent.sizeBytes
  const always = {
    'Accept-Ranges': 'bytes',
    ETag: sent.entityTag,
    'Content-Type': safeTypes.has(sent.mediaType) ? sent.mediaType : 'application/octet-stream',
    'Content-Disposition': contentDisposition(sent.name),
    'Content-Security-Policy': "sandbox; default-src 'none'",
  }
  if (slice.status === 416) return { ...always, 'Content-Range': `bytes */${size}`, 'Content-Length': '0' }
  const { start, end } = slice.range
  const length = { 'Content-Length': String(end - start) }
  return slice.status === 200
    ? { ...always, ...length }
    : { ...always, ...length, 'Content-Range': `bytes ${start}-${end - 1}/${size}` }
}

/** RFC 6266, with RFC 8187 for the real name and an ASCII one for clients that know no better. */
export function contentDisposition(name: string): string {
  const shown = name.toWellFormed() || 'file'
  // NFKD parts letters from their accents, so that å becomes a; the rest becomes an underscore.
  const ascii = shown
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\x20-\x7e]|["\\%/]/g, '_')
  const encoded = encodeURIComponent(shown).replace(
    /['()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`
}
