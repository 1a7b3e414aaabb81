import { setImmediate } from 'node:timers/promises'
import type { ContactRow } from '#database/contacts.ts'
import { canonical } from '#mail/address.ts'
import type { Contact } from '#portal/recipients/read-recipients.ts'
import { checkContact, type TypedContact } from './check-contact.ts'
import { maxContacts, type ContactProblem } from './contact-problem.ts'

/** What becomes of the contacts of a file. */
export interface ImportPlan {
  added: Contact[]
  /** Those that are there by this name, and get the addresses of the file. */
  changed: (ContactRow & { before: string[] })[]
  /** How many are there already just like this. */
  unchanged: number
  skipped: { name: string; problems: ContactProblem[] }[]
}

/** Decides what becomes of the contacts of a file, beside those that are there. Mail goes on meanwhile. */
export async function planImport(typed: TypedContact[], existing: ContactRow[]): Promise<ImportPlan> {
  const byName = new Map(existing.map(row => [canonical(row.name), row]))
  const plan: ImportPlan = { added: [], changed: [], unchanged: 0, skipped: [] }
  const seen = new Map<string, Contact>()
  for (const each of typed) {
    await setImmediate()
    const { contact, problems } = distinct(checkContact(each), seen)
    const before = byName.get(canonical(contact.name))
    if (seen.has(canonical(contact.name))) plan.unchanged += 1
    else if (problems.length > 0) plan.skipped.push({ name: contact.name || each.addresses.slice(0, 100), problems })
    else if (before && isSame(before, contact)) plan.unchanged += 1
    else if (before) plan.changed.push({ ...before, addresses: contact.addresses, before: before.addresses })
    else if (existing.length + plan.added.length >= maxContacts)
      plan.skipped.push({
        name: contact.name,
        problems: [{ field: 'name', what: 'too many contacts', atMost: maxContacts }],
      })
    else plan.added.push(contact)
    if (problems.length === 0) seen.set(canonical(contact.name), contact)
  }
  return plan
}

/** Two people of the same name in one file stay two: the second one's address is added to the name. */
function distinct(
  checked: ReturnType<typeof checkContact>,
  seen: Map<string, Contact>,
): ReturnType<typeof checkContact> {
  const { contact, problems } = checked
  const before = seen.get(canonical(contact.name))
  if (problems.length > 0 || !before || isSame(before, contact)) return checked
  return { contact: { ...contact, name: `${contact.name} (${contact.addresses[0]})` }, problems }
}

function isSame(one: Contact, other: Contact): boolean {
  const spelled = ({ addresses }: Contact) => addresses.map(canonical).toSorted().join()
  return spelled(one) === spelled(other)
}
