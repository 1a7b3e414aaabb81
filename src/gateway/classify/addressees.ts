import type { Directory } from '#directory/directory.ts'
import { Failure } from '#failure.ts'
import type { EnvelopeRecipient, Login } from '#model.ts'

/**
 * Tells locals from outsiders. Refuses a mail that asks for a login of somebody who has none; where nobody is
 * asked to log in, the directory is not needed.
 */
export async function addressees(
  directory: Pick<Directory, 'findLocals'>,
  recipients: EnvelopeRecipient[],
  login: Login,
): Promise<(EnvelopeRecipient & { isLocal: boolean })[]> {
  if (login === 'none') return recipients.map(recipient => ({ ...recipient, isLocal: false }))
  const locals = await directory.findLocals(recipients.map(recipient => recipient.address))
  const outsiders = recipients.filter(recipient => !locals.has(recipient.address))
  if (outsiders.length > 0) throw new Failure('OUTSIDER_NEEDS_LOGIN', { recipients: listOf(outsiders) })
  return recipients.map(recipient => ({ ...recipient, isLocal: true }))
}

const named = 3

function listOf(outsiders: EnvelopeRecipient[]): string {
  const first = outsiders.slice(0, named).map(outsider => outsider.address)
  const more = outsiders.length - first.length
  return more > 0 ? `${first.join(', ')} and ${more} more` : first.join(', ')
}
