import { isFailure } from '#failure.ts'
import type { Login } from '#model.ts'
import type { Problem } from '#portal/pages/problem.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import { addressees, type Addressee } from '#seal/addressees.ts'

/** Those that a message is for, by the same rules as in mail; or the problem, if outsiders may not have it. */
export async function findAddressees(
  deps: Pick<PortalDeps, 'directory' | 'settings'>,
  addresses: string[],
  login: Login,
): Promise<Addressee[] | Problem> {
  const recipients = addresses.map(address => ({ address, parameters: [] }))
  try {
    return await addressees(deps, recipients, login)
  } catch (error) {
    if (!isFailure(error, 'OUTSIDER_REFUSED', 'OUTSIDER_NEEDS_LOGIN')) throw error
    const what = error.code === 'OUTSIDER_REFUSED' ? 'outsiders refused' : 'outsiders cannot log in'
    return { field: 'to', what, recipients: String(error.details.recipients) }
  }
}
