import { join } from 'node:path'
import { Attribute, Change, type Client } from 'ldapts'
import type { Certificates } from './certificates.ts'
import type { TestMailbox, TestPerson } from './people.ts'
import { baseDn } from './slapd-content.ts'

/** An entry's attributes; bytes for what is no text. */
export type Attributes = Record<string, Values>
type Values = string | string[] | Buffer[]

/** Where people are, and where groups and shared mailboxes are. */
const staffDn = `OU=Förvaltningen,${baseDn}`
export const groupsDn = `OU=Brevlådor,${baseDn}`

export const administrator = { dn: `CN=Administrator,CN=Users,${baseDn}`, password: 'The-Boss-0f-Tests' }

/** Who searches: an account like anybody else's, since such accounts may read what Kuvert needs. */
export const adSearcher = { dn: `CN=Kuvert,CN=Users,${baseDn}`, password: 'the searcher of the tests' }

// Of userAccountControl, [MS-ADTS] section 2.2.16.
const disabledAccount = 0x2
const normalAccount = 0x200
const passwordNeverExpires = 0x10000
// Of groupType, section 2.2.12.
const universalDistributionGroup = '8'

/** smb.conf: LDAP and nothing else, everything below the folder, on one address. */
export function sambaConfiguration(folder: string, address: string, tls: Certificates): string {
  const places = ['private dir', 'lock directory', 'state directory', 'cache directory', 'pid directory']
  const sockets = ['ncalrpc dir', 'binddns dir', 'winbindd socket directory', 'ntp signd socket directory']
  return `[global]
realm = EXAMPLE.ORG
workgroup = EXAMPLE
netbios name = DC
server role = active directory domain controller
server services = ldap
interfaces = ${address}/8
bind interfaces only = yes
log file = ${join(folder, 'log')}
${[...places, ...sockets].map(name => `${name} = ${join(folder, name.replaceAll(' ', '-'))}`).join('\n')}
tls certfile = ${tls.certificate}
tls keyfile = ${tls.key}
tls cafile = ${tls.ca}
dsdb:schema update allowed = yes
[sysvol]
path = ${join(folder, 'sysvol')}
[netlogon]
path = ${join(folder, 'sysvol', 'example.org', 'scripts')}
`
}

/** Any password will do, none expires, and nobody is locked out. */
export const lenientPolicy = {
  pwdProperties: '0',
  minPwdLength: '0',
  pwdHistoryLength: '0',
  minPwdAge: '0',
  maxPwdAge: '0',
  lockoutThreshold: '0',
}

/** Adds the people and mailboxes, as an administrator would. */
export async function fillDomain(client: Client, people: TestPerson[], mailboxes: TestMailbox[]): Promise<void> {
  for (const dn of [staffDn, groupsDn]) await addEntry(client, dn, { objectClass: 'organizationalUnit' })
  const searcher = { id: 'kuvert', name: 'Kuvert', addresses: [], password: adSearcher.password }
  await addEntry(client, adSearcher.dn, adPerson(searcher))
  for (const person of people) await addEntry(client, personDn(person.name), adPerson(person))
  for (const { address } of mailboxes) await addEntry(client, groupDn(address), adGroup([address]))
  const dnOf = (member: string) =>
    member.includes('@') ? groupDn(member) : personDn(people.find(({ id }) => id === member)!.name)
  for (const { address, members } of mailboxes) {
    if (members.length > 0) await changeEntry(client, groupDn(address), { member: members.map(dnOf) })
  }
}

export function personDn(name: string): string {
  return `CN=${escaped(name)},${staffDn}`
}

export function groupDn(name: string): string {
  return `CN=${escaped(name)},${groupsDn}`
}

/** RFC 4514 section 2.4. */
function escaped(name: string): string {
  return name.replace(/[,+"\\<>;=#]/g, '\\$&')
}

/** Logs in as `id`, as `id@ad.example.org`, and with the primary address. */
export function adPerson({ id, name, addresses, password, disabled = false }: TestPerson): Attributes {
  return {
    objectClass: 'user',
    sAMAccountName: id,
    userPrincipalName: `${id}@ad.example.org`,
    displayName: name,
    givenName: name.split(' ')[0]!,
    sn: name.split(' ').at(-1)!,
    userAccountControl: String(normalAccount | passwordNeverExpires | (disabled ? disabledAccount : 0)),
    unicodePwd: adPassword(password),
    ...mailAddresses(addresses),
  }
}

/** A distribution list; its members are added with `changeEntry`. */
export function adGroup(addresses: string[]): Attributes {
  return { objectClass: 'group', groupType: universalDistributionGroup, ...mailAddresses(addresses) }
}

/** How Exchange writes addresses: the primary one twice, all of them among proxyAddresses. */
function mailAddresses([primary, ...others]: string[]): Attributes {
  if (primary === undefined) return {}
  return { mail: primary, proxyAddresses: [`SMTP:${primary}`, ...others.map(other => `smtp:${other}`)] }
}

/** [MS-ADTS] section 3.1.1.3.1.5: in quotes, as UTF-16. */
function adPassword(password: string): Buffer[] {
  return [Buffer.from(`"${password}"`, 'utf16le')]
}

export async function addEntry(client: Client, dn: string, attributes: Attributes): Promise<void> {
  await client.add(
    dn,
    Object.entries(attributes).map(([type, values]) => asAttribute(type, values)),
  )
}

/** Replaces the values of these attributes; an empty list removes. */
export async function changeEntry(client: Client, dn: string, attributes: Attributes): Promise<void> {
  const changes = Object.entries(attributes).map(
    ([type, values]) => new Change({ operation: 'replace', modification: asAttribute(type, values) }),
  )
  await client.modify(dn, changes)
}

function asAttribute(type: string, values: Values): Attribute {
  return new Attribute({ type, values: typeof values === 'string' ? [values] : values })
}
