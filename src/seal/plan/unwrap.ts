import { removal, type Edit } from './edits.ts'
import { neverKept } from './header-edits.ts'
import { fieldsNamed, type HeaderField } from '#mail/header-fields.ts'
import type { MailSource } from '#mail/mail-source.ts'
import type { Part } from '#mail/part.ts'
import type { ByteRange } from '#model.ts'

/**
 * The multiparts to unwrap, each with the only child that stays: a multipart/mixed of one part says nothing but that
 * there are attachments, and mail programs show a paper-clip for it.
 */
export function findWrappings(root: Part, stays: (part: Part) => boolean): Map<Part, Part> {
  const found = new Map<Part, Part>()
  const waiting: { part: Part; parent: Part | null }[] = [{ part: root, parent: null }]
  // Grows while it is walked.
  for (const { part, parent } of waiting) {
    const children = part.children.filter(stays)
    const [only] = children
    if (only && children.length === 1 && canUnwrap(part, only, parent)) found.set(part, only)
    for (const child of children) waiting.push({ part: child, parent: part })
  }
  return found
}

/**
 * Makes the child what the multipart was: what described the multipart goes, and what describes the child stands below
 * the other fields. Its body stays as it is; only where a mail would end within a line, the CRLF below it is kept.
 */
export async function unwrapAll(source: MailSource, wrappings: Map<Part, Part>): Promise<Edit[]> {
  const edits: Edit[] = []
  for (const [multipart, child] of wrappings) {
    const endsLine = multipart.depth > 0 || (await endsWithLineEnd(source, innermost(child, wrappings).body))
    edits.push(
      ...without(multipart, field => describesBody(field)),
      removal(multipart.header.end, child.header.start),
      ...without(child, field => !describesBody(field) || neverKept.includes(field.name)),
      removal(endsLine ? child.body.end : delimiterBelow(multipart, child), multipart.body.end),
    )
  }
  return edits
}

function innermost(part: Part, wrappings: Map<Part, Part>): Part {
  let found = part
  for (let next = wrappings.get(found); next; next = wrappings.get(found)) found = next
  return found
}

async function endsWithLineEnd(source: MailSource, { start, end }: ByteRange): Promise<boolean> {
  return (await source.read({ start: Math.max(start, end - 2), end })).toString('latin1') === '\r\n'
}

function delimiterBelow(multipart: Part, child: Part): number {
  return multipart.children[multipart.children.indexOf(child) + 1]?.delimiterAt ?? multipart.closeAt!
}

function canUnwrap(part: Part, only: Part, parent: Part | null): boolean {
  if (part.contentType.value !== 'multipart/mixed') return false
  // Others may point to it.
  if (part.depth > 0 && part.contentId !== null) return false
  // RFC 2046 section 5.1.5: a part that does not name its type is a mail there.
  return parent?.contentType.value !== 'multipart/digest' || fieldsNamed(only.fields, 'content-type').length > 0
}

/** RFC 2045 section 9: in a part, no other fields have a meaning. */
function describesBody(field: HeaderField): boolean {
  return field.name.startsWith('content-')
}

function without({ header, fields }: Part, isRemoved: (field: HeaderField) => boolean): Edit[] {
  return fields.filter(isRemoved).map(({ range }) => removal(header.start + range.start, header.start + range.end))
}
