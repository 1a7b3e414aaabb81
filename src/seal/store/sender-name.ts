import parseAddresses from 'nodemailer/lib/addressparser'
import { isSameAddress } from '#mail/address-pattern.ts'
import { decodeText, fieldsNamed, type HeaderField } from '#mail/header-fields.ts'

/** More than anybody writes; what is longer is not read, only shown in part. */
const maxFieldCharacters = 10_000

/**
 * Who a mail is from, as its recipients are told: `Anna Å <anna@example.org>`, or the address alone, if the From field
 * has the envelope sender's address and no other; otherwise both, so that nobody can pass for somebody else unnoticed:
 * `The director <director@example.org> (anna@example.org)`.
 */
export function senderName(fields: HeaderField[], envelopeSender: string): string {
  const field = fieldsNamed(fields, 'from')[0]?.value ?? ''
  const written = field.slice(0, maxFieldCharacters)
  const mailboxes = parseAddresses(written, { flatten: true })
  const from = mailboxes.map(shown).filter(mailbox => mailbox !== '')
  const [first] = mailboxes
  const isEnvelopes = mailboxes.length === 1 && isSameAddress(decodeText(first!.address), envelopeSender)
  if (isEnvelopes && field === written) return from[0]!
  if (from.length === 0) return envelopeSender
  return from.join(', ') + (envelopeSender === '' ? '' : ` (${envelopeSender})`)
}

/** Words are decoded only now, so that no letter in them is taken for a comma or a bracket. */
function shown(mailbox: { name: string; address: string }): string {
  const [name, address] = [decodeText(mailbox.name).trim(), decodeText(mailbox.address).trim()]
  if (address === '') return name
  return name === '' || isSameAddress(name, address) ? address : `${name} <${address}>`
}
