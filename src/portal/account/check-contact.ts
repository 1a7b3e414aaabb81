import { canonical } from '#mail/address.ts'
import { readRecipients, type Contact } from '#portal/recipients/read-recipients.ts'
import { maxAddresses, type ContactProblem } from './contact-problem.ts'

const maxNameLength = 200
/** Of a name as it was typed: composing many marks upon one letter takes the square of their number. */
const maxTypedName = 10 * maxNameLength
/** Room for so many addresses, each with a name. Nothing longer is read. */
const maxTypedAddresses = maxAddresses * 600
const maxEntriesShown = 20

/** A contact as it was typed, or as a file has it. */
export interface TypedContact {
  name: string
  /** Separated by commas, semicolons or lines. */
  addresses: string
}

/** The contact, ready to be kept, and what keeps it from that. What is no address is left out, and told of. */
export function checkContact(typed: TypedContact): { contact: Contact; problems: ContactProblem[] } {
  const name = readName(typed.name)
  const problems: ContactProblem[] = []
  const tooMany: ContactProblem = { field: 'addresses', what: 'too many addresses', atMost: maxAddresses }
  if (typed.addresses.length > maxTypedAddresses) return { contact: { name, addresses: [] }, problems: [tooMany] }
  const { addresses, unknown } = readRecipients(typed.addresses, [])
  if (name === '') problems.push({ field: 'name', what: 'no name' })
  // Whoever types this address must not write to somebody else, by a file that came from anywhere.
  if (name.includes('@') && !addresses.some(address => canonical(address) === canonical(name)))
    problems.push({ field: 'name', what: 'name is another address' })
  if (unknown.length > 0)
    problems.push({ field: 'addresses', what: 'not an address', entries: unknown.slice(0, maxEntriesShown) })
  else if (addresses.length === 0) problems.push({ field: 'addresses', what: 'no address' })
  if (addresses.length > maxAddresses) problems.push(tooMany)
  return { contact: { name, addresses }, problems }
}

/** On one line, without what would be read as something else in the field of recipients. */
function readName(typed: string): string {
  const plain = typed
    .trim()
    .slice(0, maxTypedName)
    .toWellFormed()
    .normalize('NFC')
    .replace(/["<>]|\p{Cc}|\p{Bidi_Control}/gu, ' ')
  return [...plain.replace(/\s+/g, ' ').trim()].slice(0, maxNameLength).join('').trim()
}
