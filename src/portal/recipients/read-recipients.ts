import { domainToASCII } from 'node:url'
import { canonical } from '#mail/address.ts'

/** Whom somebody writes to by a name of their own; with several addresses, a group. */
export interface Contact {
  name: string
  addresses: string[]
}

/** The recipients of a message that is written in the portal. */
export interface Recipients {
  /** Each once, in the order in which they were typed; domains as they are spelled in mail. */
  addresses: string[]
  /** What is neither an address nor the name of a contact. */
  unknown: string[]
}

// RFC 5321 section 4.1.2, without quoted local parts: nobody types one on purpose. Other than ASCII letters before the @ would
// need every server on the way to know SMTPUTF8.
const address = /^([\w.!#$%&'*+/=?^`{|}~-]{1,64})@([^\s@<>"(),:;\\[\]]{1,253})$/

/** No contact has a longer name. Composing many marks upon one letter takes the square of their number. */
const maxNameLength = 2000

/**
 * Reads what was typed or pasted into the field of recipients: addresses, `Name <address>`, and names of contacts, separated
 * by commas, semicolons, tabs or line ends. A list of addresses with only blanks between them will do as well. A name that
 * has a separator in it stands in quotes.
 */
export function readRecipients(typed: string, contacts: Contact[]): Recipients {
  const byName = new Map(contacts.map(contact => [canonical(contact.name.trim()), contact.addresses]))
  const addresses = new Map<string, string>()
  const unknown: string[] = []
  for (const entry of entriesOf(typed)) {
    const named = entry.length > maxNameLength ? undefined : byName.get(canonical(unquoted(entry)))
    const found = named ?? readEntry(entry)
    if (found === null) unknown.push(entry)
    for (const each of found ?? []) {
      const spelled = spelledForMail(each)
      if (spelled === null) unknown.push(each)
      else if (!addresses.has(canonical(spelled))) addresses.set(canonical(spelled), spelled)
    }
  }
  return { addresses: [...addresses.values()], unknown }
}

/** The address with its domain as it is spelled in mail (RFC 5890: an A-label); null for what is no address. */
function spelledForMail(text: string): string | null {
  const match = address.exec(text.trim())
  const domain = match && domainToASCII(match[2]!)
  if (!domain || !/^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/i.test(domain)) return null
  return `${match[1]!}@${domain}`
}

/**
 * In quotes and angle brackets, a comma separates nothing: `"Öst, Bertil" <bertil@kommun.example>`. No bracket opens within others:
 * the end of each would be looked for anew.
 */
function entriesOf(typed: string): string[] {
  const entries = typed.match(/(?:"[^"\r\n]*"|<[^<>\r\n]*>|[^,;\t\r\n])+/g) ?? []
  return entries.map(entry => entry.trim()).filter(entry => entry !== '')
}

function unquoted(entry: string): string {
  return /^"[^"]*"$/.test(entry) ? entry.slice(1, -1).trim() : entry
}

function readEntry(entry: string): string[] | null {
  const bracketed = /<([^<>]+)>$/.exec(entry)
  if (bracketed) return [bracketed[1]!]
  const words = entry.replace(/^mailto:/i, '').split(/\s+/)
  return words.every(word => word.includes('@')) ? words : null
}
