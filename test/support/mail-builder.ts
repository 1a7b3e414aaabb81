/**
 * Builds mails as bytes, so that a test knows exactly what it put in: no library, no cleverness, nothing is
 * checked. Text is written as UTF-8; every line end is CRLF.
 */

export interface Entity {
  /** Header fields, without line ends. */
  fields: string[]
  body: Buffer
}

export interface LeafOptions {
  /** Content-Type with its parameters; none by default. */
  type?: string
  /** Content-Transfer-Encoding; what is written is encoded accordingly. No field by default. */
  encoding?: '7bit' | '8bit' | 'binary' | 'quoted-printable' | 'base64'
  /** Content-Disposition with its parameters. */
  disposition?: string
  /** Content-ID without brackets. */
  contentId?: string
  /** Further fields. */
  fields?: string[]
}

export interface MultipartOptions {
  boundary?: string
  fields?: string[]
  preamble?: string
  epilogue?: string
  /** Parameters after the boundary: `start="<a>"`. */
  parameters?: string
}

/** A part with this content, encoded as its options say. */
export function leaf(content: string | Buffer, options: LeafOptions = {}): Entity {
  const fields = [
    ...(options.type === undefined ? [] : [`Content-Type: ${options.type}`]),
    ...(options.encoding === undefined ? [] : [`Content-Transfer-Encoding: ${options.encoding}`]),
    ...(options.disposition === undefined ? [] : [`Content-Disposition: ${options.disposition}`]),
    ...(options.contentId === undefined ? [] : [`Content-ID: <${options.contentId}>`]),
    ...(options.fields ?? []),
  ]
  const bytes = Buffer.from(content)
  if (options.encoding === 'base64') return { fields, body: encodeBase64(bytes) }
  if (options.encoding === 'quoted-printable') return { fields, body: encodeQuotedPrintable(bytes) }
  return { fields, body: bytes }
}

/** An attached file: base64, disposition attachment. */
export function attachment(content: string | Buffer, name: string, type = 'application/octet-stream'): Entity {
  return leaf(content, { type, encoding: 'base64', disposition: `attachment; filename="${name}"` })
}

/** A part made of parts: `multipart('mixed', [text, file])`. */
export function multipart(subtype: string, parts: Entity[], options: MultipartOptions = {}): Entity {
  const { boundary = `=_${subtype}_${nesting(parts)}`, preamble, epilogue, parameters } = options
  const lines = [
    ...(preamble === undefined ? [] : [Buffer.from(`${preamble}\r\n`)]),
    ...parts.flatMap(part => [Buffer.from(`--${boundary}\r\n`), written(part), Buffer.from('\r\n')]),
    Buffer.from(`--${boundary}--${epilogue === undefined ? '' : `\r\n${epilogue}`}`),
  ]
  const type = `Content-Type: multipart/${subtype}; boundary="${boundary}"${parameters ? `; ${parameters}` : ''}`
  return { fields: [type, ...(options.fields ?? [])], body: Buffer.concat(lines) }
}

/** The header of most test mails. */
export const usualFields = [
  'From: Anna <anna@example.org>',
  'To: Bo <bo@example.net>',
  'Subject: Report [secure]',
  'Date: Tue, 24 Nov 2026 10:00:00 +0100',
  'Message-ID: <1@example.org>',
  'MIME-Version: 1.0',
]

/** A whole mail, which ends with a line end. */
export function mail(entity: Entity, fields: string[] = usualFields): Buffer {
  const bytes = written({ ...entity, fields: [...fields, ...entity.fields] })
  return bytes.subarray(-2).equals(Buffer.from('\r\n')) ? bytes : Buffer.concat([bytes, Buffer.from('\r\n')])
}

/** Header fields, blank line, body. */
export function written(entity: Entity): Buffer {
  return Buffer.concat([
    Buffer.from(entity.fields.map(field => `${field}\r\n`).join('')),
    Buffer.from('\r\n'),
    entity.body,
  ])
}

/** Base64 in lines of 76. */
export function encodeBase64(bytes: Buffer): Buffer {
  return Buffer.from((bytes.toString('base64').match(/.{1,76}/g) ?? []).join('\r\n'))
}

/** Quoted-printable in lines of 76 at most: CRLF stays, any other CR or LF is encoded. */
export function encodeQuotedPrintable(bytes: Buffer): Buffer {
  const lines = bytes.toString('latin1').split('\r\n')
  return Buffer.from(lines.map(encodeLine).join('\r\n'))
}

function encodeLine(line: string): string {
  const units = line.replace(/[^\x20-\x3c\x3e-\x7e]|[ \t]$/g, hex).match(/=..|[^]/g) ?? []
  let encoded = ''
  let column = 0
  for (const unit of units) {
    if (column + unit.length > 75) {
      encoded += '=\r\n'
      column = 0
    }
    encoded += unit
    column += unit.length
  }
  return encoded
}

function hex(character: string): string {
  return `=${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}

function nesting(parts: Entity[]): number {
  const inner = parts.map(part => /boundary="=_\w+_(\d+)"/.exec(part.fields[0] ?? '')?.[1])
  return 1 + Math.max(0, ...inner.map(found => Number(found ?? 0)))
}
