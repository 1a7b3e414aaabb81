import { findContacts } from '#database/contacts.ts'
import { findLinksOfMessage } from '#database/links.ts'
import type { MessageRow } from '#database/messages.ts'
import type { Changer } from '#database/sent-changes.ts'
import { canonical } from '#mail/address.ts'
import type { Account } from '#model.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import type { SentProblem } from '#portal/pages/problem.ts'
import { findAddressees } from '#portal/recipients/find-addressees.ts'
import { readRecipients } from '#portal/recipients/read-recipients.ts'
import { addRecipients } from './add-recipients.ts'
import { isWithin } from './bounds.ts'
import { limitsOfMessage } from './show-sent-view.ts'

const mostCharacters = 100_000

/** Adds the recipients that were typed to a message, after the checks that they would have met when it was sent. */
export async function addTyped(
  deps: PortalDeps,
  { message, account, form, by }: { message: MessageRow; account: Account; form: Record<string, unknown>; by: Changer },
): Promise<{ done: 'added' } | { problem: SentProblem; typed: { to: string } }> {
  const to = typeof form['to'] === 'string' ? form['to'].slice(0, mostCharacters) : ''
  const { addresses, unknown } = readRecipients(to, await findContacts(deps.db, account.id))
  const problem =
    unknown.length > 0
      ? ({ field: 'to', what: 'not an address', entries: unknown } as const)
      : await findProblem(deps, message, addresses)
  if (problem) return { problem, typed: { to } }
  const recipients = await findAddressees(deps, addresses, message.login)
  if ('what' in recipients) return { problem: recipients, typed: { to } }
  await addRecipients(deps, { messageId: message.id, recipients, by })
  return { done: 'added' }
}

async function findProblem(deps: PortalDeps, message: MessageRow, addresses: string[]): Promise<SentProblem | null> {
  if (addresses.length === 0) return { field: 'to', what: 'no recipient' }
  const links = (await findLinksOfMessage(deps, message.id)).filter(link => !link.revokedAt)
  const present = new Set(links.map(link => link.recipientKey))
  const already = addresses.filter(address => present.has(canonical(address)))
  if (already.length > 0) return { field: 'to', what: 'recipients already', recipients: already }
  const { recipients: atMost } = deps.settings.compose
  if (links.length + addresses.length > atMost) return { field: 'to', what: 'too many recipients', atMost }
  const limits = await limitsOfMessage(deps, message, addresses)
  return isWithin(message, limits, new Date()) ? null : { field: 'to', what: 'rules differ', recipients: addresses }
}
