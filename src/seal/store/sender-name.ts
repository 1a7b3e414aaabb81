import { decodeText, fieldsNamed, type HeaderField } from '#mail/header-fields.ts'

/**
 * Who a mail is from, as its recipients are told: the From field where it shows the envelope sender's address;
 * otherwise both, so that nobody can pass for somebody else unnoticed.
 */
export function senderName(fields: HeaderField[], envelopeSender: string): string {
  const from = decodeText(fieldsNamed(fields, 'from')[0]?.value ?? '').trim()
  if (envelopeSender === '' || from.toLowerCase().includes(`<${envelopeSender.toLowerCase()}>`)) return from
  if (from.toLowerCase() === envelopeSender.toLowerCase() || from === '') return envelopeSender
  return `${from} (${envelopeSender})`
}
