import { Failure } from '#failure.ts'
import { fieldsNamed, readHeaderFields, type HeaderField } from '#mail/header-fields.ts'
import {
  findParameter,
  isExtended,
  readStructuredValue,
  type Parameter,
  type StructuredValue,
} from '#mail/parameters.ts'
import { isMultipart, type Part } from '#mail/part.ts'
import type { TransferEncoding } from '#model.ts'

const encodings: readonly string[] = ['7bit', '8bit', 'binary', 'quoted-printable', 'base64']
const identities: readonly string[] = ['7bit', '8bit', 'binary']
/** Fields on which the reading of a part depends: two of them are read differently by different readers. */
const onceInAPart = ['content-type', 'content-transfer-encoding', 'content-disposition', 'mime-version', 'content-id']
const onceInAMail = ['from', 'subject', 'date', 'message-id']
const token = `[^\\x00-\\x20\\x7f-\\xff()<>@,;:\\\\"/[\\]?=]+`
const mediaType = new RegExp(`^${token}/${token}$`)

/**
 * Reads one part from its header section (without the blank line). Throws `MAIL_AMBIGUOUS` for whatever two
 * readers may understand in two ways, and `MAIL_UNSUPPORTED` for a transfer encoding that is not MIME's.
 */
export function readPart(
  header: Buffer,
  place: Pick<Part, 'header' | 'body' | 'delimiterAt' | 'depth'>,
  parent: Part | null,
): Part {
  checkLines(header)
  const { fields, malformedLines } = readHeaderFields(header)
  if (malformedLines > 0) ambiguous('a line of a header is no header field')
  checkFields(header, fields, parent === null)
  const defaultType = parent?.contentType.value === 'multipart/digest' ? 'message/rfc822' : 'text/plain'
  const part: Part = {
    ...place,
    fields,
    contentType: readField(fields, 'content-type', 'Content-Type') ?? {
      value: defaultType,
      parameters: [],
      unclear: null,
    },
    disposition: readField(fields, 'content-disposition', 'Content-Disposition'),
    encoding: readEncoding(fields),
    contentId: fieldsNamed(fields, 'content-id')[0]?.value.replace(/^<|>$/g, '') || null,
    children: [],
    closeAt: null,
  }
  checkContentType(part)
  return part
}

/** The boundary of a multipart, which `readPart` has checked. */
export function boundaryOf(part: Part): string {
  return findParameter(part.contentType, 'boundary')?.value ?? ''
}

function checkLines(header: Buffer): void {
  const text = header.toString('latin1')
  if (text.includes('\0')) ambiguous('a header contains a NUL character')
  if (/\r(?!\n)|(?<!\r)\n/.test(text)) ambiguous('a header has a line end that is not CRLF')
  if (text !== '' && !text.endsWith('\r\n')) ambiguous('a header is cut off')
  if (/\n[ \t]+\r/.test(text)) ambiguous('a header has a line of blanks only')
}

function checkFields(header: Buffer, fields: HeaderField[], isMail: boolean): void {
  for (const name of isMail ? [...onceInAPart, ...onceInAMail] : onceInAPart) {
    const found = fieldsNamed(fields, name)
    if (found.length > 1) ambiguous(`${isMail ? 'the mail' : 'a part'} has two ${fieldName(name)} fields`)
    if (found[0] && header[found[0].range.start + name.length] !== 0x3a)
      ambiguous(`there is a blank before the colon of a ${fieldName(name)} field`)
  }
}

function readField(fields: HeaderField[], name: string, title: string): StructuredValue | null {
  const field = fieldsNamed(fields, name)[0]
  if (!field) return null
  const read = readStructuredValue(field.value)
  if (read.unclear) ambiguous(`a ${title} field ${read.unclear}`)
  return read
}

function readEncoding(fields: HeaderField[]): TransferEncoding {
  const field = fieldsNamed(fields, 'content-transfer-encoding')[0]
  if (!field) return '7bit'
  const { value, parameters } = readStructuredValue(field.value)
  if (isEncoding(value) && parameters.length === 0) return value
  throw new Failure('MAIL_UNSUPPORTED', {
    what: `a part with the transfer encoding "${value.replace(/[^\x20-\x7e]/g, '?').slice(0, 40)}"`,
  })
}

function isEncoding(value: string): value is TransferEncoding {
  return encodings.includes(value)
}

function checkContentType(part: Part): void {
  if (!mediaType.test(part.contentType.value)) ambiguous('a Content-Type field does not name a type')
  if (isExtended(part.contentType, 'charset')) ambiguous('a charset is written in pieces or encoded')
  if (!isMultipart(part)) return
  if (!identities.includes(part.encoding)) ambiguous(`a multipart has the transfer encoding ${part.encoding}`)
  if (isExtended(part.contentType, 'boundary')) ambiguous('a boundary is written in pieces or encoded')
  const boundary = findParameter(part.contentType, 'boundary')
  if (boundary) checkBoundary(boundary)
  else ambiguous('a multipart has no boundary')
}

/** RFC 2046 section 5.1.1, but for printable characters that senders use all the same. */
function checkBoundary({ value, start, end }: Parameter): void {
  if (value === '') ambiguous('a multipart has an empty boundary')
  if (value.length > 70) ambiguous('a boundary is longer than 70 characters')
  if (!/^[\x20-\x7e]*[\x21-\x7e]$/.test(value) || /["\\]/.test(value))
    ambiguous('a boundary contains characters that are not allowed')
  const isQuoted = end - start > value.length
  if (!isQuoted && value.includes(' ')) ambiguous('a boundary contains blanks without being quoted')
}

function fieldName(name: string): string {
  const capitalised = name.replace(/(^|-)[a-z]/g, letter => letter.toUpperCase())
  return capitalised.replace('Mime', 'MIME').replace(/-Id$/, '-ID')
}

function ambiguous(why: string): never {
  throw new Failure('MAIL_AMBIGUOUS', { why })
}
