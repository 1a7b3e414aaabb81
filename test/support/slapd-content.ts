import type { Certificates } from './certificates.ts'
import type { TestMailbox, TestPerson } from './people.ts'

export const baseDn = 'dc=example,dc=org'

/** Who may read everything but passwords, within the limits that a server has for ordinary clients. */
export const searcher = { dn: `cn=searcher,${baseDn}`, password: 'the searcher of the tests' }

/** slapd.conf: one mdb database that only the searcher can read. */
export function slapdConfiguration(dataFolder: string, tls: Certificates | undefined): string {
  return `
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
attributetype ( 2.16.840.1.113730.3.1.13 NAME 'mailAlternateAddress'
  EQUALITY caseIgnoreIA5Match SUBSTR caseIgnoreIA5SubstringsMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.26 )
attributetype ( 1.2.840.113556.1.2.210 NAME 'proxyAddresses'
  EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
modulepath /usr/lib/ldap
moduleload back_mdb
${tls ? `TLSCACertificateFile ${tls.ca}\nTLSCertificateFile ${tls.certificate}\nTLSCertificateKeyFile ${tls.key}` : ''}
# What a directory that was set up carelessly does with an empty password: it says yes.
allow bind_anon_cred bind_anon_dn
database mdb
suffix "${baseDn}"
directory ${dataFolder}
maxsize 33554432
dbnosync
index objectClass,uid,mail,mailAlternateAddress,proxyAddresses,member,uniqueMember eq
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="${searcher.dn}" read by * none
`
}

/** The people and mailboxes as LDIF. */
export function slapdEntries(people: TestPerson[], mailboxes: TestMailbox[]): string {
  const entries = [
    ldifEntry(baseDn, { objectClass: ['organization', 'dcObject'], o: ['Example'], dc: ['example'] }),
    ldifEntry(`ou=people,${baseDn}`, { objectClass: ['organizationalUnit'], ou: ['people'] }),
    ldifEntry(`ou=groups,${baseDn}`, { objectClass: ['organizationalUnit'], ou: ['groups'] }),
    ldifEntry(searcher.dn, {
      objectClass: ['organizationalRole', 'simpleSecurityObject'],
      cn: ['searcher'],
      userPassword: [searcher.password],
    }),
    ...people.map(personEntry),
    ...mailboxes.map(mailboxEntry),
  ]
  return entries.join('\n')
}

/** The DN of a person, or of a mailbox, by id or address. */
export function testDn(member: string): string {
  return member.includes('@') ? `cn=${member},ou=groups,${baseDn}` : `uid=${member},ou=people,${baseDn}`
}

function personEntry(person: TestPerson): string {
  const [primary, ...others] = person.addresses
  return ldifEntry(testDn(person.id), {
    objectClass: ['inetOrgPerson', 'extensibleObject'],
    uid: [person.id],
    cn: [person.name],
    sn: [person.name.split(' ').at(-1)!],
    mail: primary === undefined ? [] : [primary],
    mailAlternateAddress: others,
    employeeType: person.disabled ? ['disabled'] : [],
    userPassword: [person.password],
  })
}

/** Every other one is a groupOfUniqueNames: both kinds are common. */
function mailboxEntry(mailbox: TestMailbox, index: number): string {
  const unique = index % 2 === 1
  return ldifEntry(testDn(mailbox.address), {
    objectClass: [unique ? 'groupOfUniqueNames' : 'groupOfNames', 'extensibleObject'],
    cn: [mailbox.address],
    mail: [mailbox.address],
    // Neither kind may be empty.
    [unique ? 'uniqueMember' : 'member']: mailbox.members.length > 0 ? mailbox.members.map(testDn) : [searcher.dn],
  })
}

/** An entry as LDIF (RFC 2849); everything as base64, so that nothing needs to be escaped. */
export function ldifEntry(dn: string, attributes: Record<string, string[]>): string {
  const line = (name: string, value: string) => `${name}:: ${Buffer.from(value).toString('base64')}\n`
  const values = Object.entries(attributes).flatMap(([name, all]) => all.map(value => line(name, value)))
  return line('dn', dn) + values.join('')
}
