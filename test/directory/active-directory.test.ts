import { afterAll, beforeAll, describe } from 'vitest'
import { openLdapDirectory } from '#directory/ldap-directory.ts'
import { canStartSamba, startSamba, type Samba } from '../support/samba.ts'
import { contractMailboxes, contractPeople } from './contract-people.ts'
import { directoryContract } from './directory-contract.ts'

describe.skipIf(!canStartSamba())('Active Directory keeps the contract', () => {
  let samba: Samba
  beforeAll(async () => {
    samba = await startSamba(contractPeople, contractMailboxes)
  })
  afterAll(() => samba.stop())

  const open = async (changes: () => Parameters<Samba['settings']>[0]) => ({
    directory: openLdapDirectory(samba.settings(changes())),
    stop: async () => undefined,
  })
  describe('over ldaps', () => directoryContract(() => open(() => ({}))))
  describe('over STARTTLS', () => directoryContract(() => open(() => ({ urls: [`ldap://${samba.address}`] }))))
})
