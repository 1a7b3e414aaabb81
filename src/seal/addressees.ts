import type { Directory } from '#directory/directory.ts'
import { Failure } from '#failure.ts'
import type { EnvelopeRecipient, Login } from '#model.ts'
import type { OutsiderSettings } from '#settings/outsiders-schema.ts'
import { matchesAddress } from '#mail/address-pattern.ts'

type Policy = OutsiderSettings['default']
/** A recipient, as somebody here or not. */
export type Addressee = EnvelopeRecipient & { isLocal: boolean }

interface Deps {
  directory: Pick<Directory, 'findLocals'>
  settings: { outsiders: OutsiderSettings }
}

/**
 * Tells locals from outsiders. Throws `OUTSIDER_REFUSED` for outsiders who may be sent nothing marked, and
 * `OUTSIDER_NEEDS_LOGIN` for those who would have to log in and cannot. Where nobody is asked to log in, everybody is
 * an outsider, and the directory is needed only for recipients who would be refused as one.
 */
export async function addressees(
  { directory, settings }: Deps,
  recipients: EnvelopeRecipient[],
  login: Login,
): Promise<Addressee[]> {
  const policies = recipients.map(({ address }) => policyFor(settings.outsiders, address))
  const addresses = recipients.map(({ address }) => address)
  const inDoubt = login === 'none' ? addresses.filter((_, index) => policies[index] === 'refuse') : addresses
  const locals = inDoubt.length > 0 ? await directory.findLocals(inDoubt) : new Set<string>()
  const outsidersWith = (policy: Policy) =>
    addresses.filter((address, index) => policies[index] === policy && !locals.has(address))

  const refused = outsidersWith('refuse')
  if (refused.length > 0) throw new Failure('OUTSIDER_REFUSED', { recipients: listOf(refused) })
  const withoutLogin = login === 'none' ? [] : outsidersWith('none')
  if (withoutLogin.length > 0) throw new Failure('OUTSIDER_NEEDS_LOGIN', { recipients: listOf(withoutLogin) })
  return recipients.map(recipient => ({ ...recipient, isLocal: locals.has(recipient.address) }))
}

function policyFor({ default: otherwise, domains }: OutsiderSettings, address: string): Policy {
  // The @ keeps foretag.example from meaning mittforetag.example.
  return domains.find(({ domain }) => matchesAddress(`*@${domain}`, address))?.policy ?? otherwise
}

const named = 3

function listOf(addresses: string[]): string {
  const first = addresses.slice(0, named)
  const more = addresses.length - first.length
  return more > 0 ? `${first.join(', ')} and ${more} more` : first.join(', ')
}
