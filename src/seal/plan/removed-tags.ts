import { decodeText, fieldsNamed, type HeaderField } from '#mail/header-fields.ts'

/** The tags that made the mark: what stands in brackets in the subject of the mail, and no longer in that of its copies. */
export function removedTags(fields: HeaderField[], changedSubject: string | null): string[] {
  if (changedSubject === null) return []
  const subject = decodeText(fieldsNamed(fields, 'subject')[0]?.value ?? '')
  const bracketed = subject.match(/[[［【][^\]］】]{0,500}[\]］】]/gu) ?? []
  return [...new Set(bracketed)].filter(tag => !changedSubject.includes(tag))
}
