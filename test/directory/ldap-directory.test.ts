import { describe } from 'vitest'
import { openLdapDirectory } from '#directory/ldap-directory.ts'
import { hasServer } from '../support/servers.ts'
import { startSlapd } from '../support/slapd.ts'
import { contractMailboxes, contractPeople } from './contract-people.ts'
import { directoryContract } from './directory-contract.ts'

describe.skipIf(!hasServer('slapd'))('OpenLDAP keeps the contract', () => {
  const open = async (changes: (plainPort: number) => object) => {
    const slapd = await startSlapd({ people: contractPeople, mailboxes: contractMailboxes })
    return { directory: openLdapDirectory(slapd.settings(changes(slapd.plainPort))), stop: slapd.stop }
  }
  describe('over ldaps', () => directoryContract(() => open(() => ({}))))
  describe('over STARTTLS', () => directoryContract(() => open(port => ({ urls: [`ldap://localhost:${port}`] }))))
})
