import { Failure } from '#failure.ts'
import { checkMimeFields } from './read-fields.ts'
import { fieldsNamed, type HeaderField } from '#mail/header-fields.ts'
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
const token = `[^\\x00-\\x20\\x7f-\\xff()<>@,;:\\\\"/[\\]?=]+`
const mediaType = new RegExp(`^${token}/${token}$`)

/**
 * Reads one part from its header section (without the blank line) and its fields. Throws `MAIL_AMBIGUOUS` if two readers
 * may understand it in two ways, and `MAIL_UNSUPPORTED` for a transfer encoding that is not MIME's.
 */
export function readPart(
  header: Buffer,
  place: Pick<Part, 'header' | 'fields' | 'body' | 'delimiterAt' | 'depth'>,
  parent: Part | null,
): Part {
  const { fields } = place
  checkMimeFields(header, fields, parent === null)
  const defaultType = parent?.contentType.value === 'multipart/digest' ? 'message/rfc822' : 'text/plain'
  const part: Part = {
    ...place,
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
  const isText = part.contentType.value.startsWith('text/')
  // Some readers take it for a multipart, and show what is in it.
  if (isText && findParameter(part.contentType, 'boundary')) ambiguous('a text names a boundary')
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

function ambiguous(why: string): never {
  throw new Failure('MAIL_AMBIGUOUS', { why })
}
