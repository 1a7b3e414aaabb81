import type { TestMailbox, TestPerson } from '../support/people.ts'

/** Who is in the directories that the contract is tried on. */
export const contractPeople = [
  {
    id: 'anna',
    name: 'Anna Åkesson',
    addresses: ['anna@example.org', 'A.Akesson@Example.org', 'akesson@example.net'],
    password: 'anna har två katter',
  },
  { id: 'åsa', name: 'Åsa Öberg', addresses: ['asa@example.org'], password: 'Smörgås & räkor' },
  { id: 'asa', name: 'Asa Oberg', addresses: ['asa.oberg@example.org'], password: 'en annan' },
  { id: 'bo', name: 'Bo Ek', addresses: ['bo@example.org'], password: 'bo är ledig', disabled: true },
  { id: 'cissi', name: 'Cissi (Öst) * Ek', addresses: ['cissi@example.org'], password: '*)(uid=*' },
] satisfies TestPerson[]

export const contractMailboxes = [
  { address: 'registrator@example.org', members: ['anna'] },
  { address: 'socialtjansten@example.org', members: ['åsa', 'registrator@example.org'] },
  { address: 'kommunen@example.org', members: ['socialtjansten@example.org'] },
  // These two are members of each other.
  { address: 'ena@example.org', members: ['cissi', 'andra@example.org'] },
  { address: 'andra@example.org', members: ['ena@example.org'] },
  { address: 'tom@example.org', members: [] },
] satisfies TestMailbox[]
