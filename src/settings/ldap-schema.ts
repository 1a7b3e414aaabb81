import { z } from 'zod'
import { path, seconds, secret } from './fields.ts'

/** Directories that speak LDAP. They have the same settings, and differ in what counts when one is left out. */

const connection = (example: { host: string; bindDn: string }) => ({
  urls: z
    .array(z.url({ protocol: /^ldaps?$/ }))
    .min(1)
    .describe('Asked in this order. ldap:// is only used with STARTTLS.')
    .meta({ example: [1, 2].map(number => `ldaps://${example.host}${number}.example.org`) }),
  startTls: z.boolean().default(true).describe('With ldap://: STARTTLS, which cannot fall back to plain text.'),
  ca: path
    .optional()
    .describe('CA certificates (PEM) to verify with, instead of the well-known ones.')
    .meta({ example: '/etc/kuvert/ca.pem' }),
  bindDn: z
    .string()
    .min(1)
    .describe('Who searches: an account that may read, and nothing else.')
    .meta({ example: example.bindDn }),
  bindPassword: secret.describe('And its password.').meta({ example: { file: '/etc/kuvert/directory.password' } }),
})

const attributes = (defaults: { login: string[]; name: string; addresses: string[] }) => ({
  loginAttributes: z
    .array(z.string())
    .min(1)
    .default(defaults.login)
    .describe("What one may log in with; the first is the account's id."),
  nameAttribute: z.string().default(defaults.name).describe('How people are called.'),
  addressAttributes: z
    .array(z.string())
    .min(1)
    .default(defaults.addresses)
    .describe('In order; the first value found is the primary address.'),
})

const timeoutSeconds = seconds.default(10).describe('For each question.')

/** OpenLDAP and others. */
export const ldap = z.strictObject({
  kind: z.literal('ldap').describe('LDAP (OpenLDAP and others).'),
  ...connection({ host: 'ldap', bindDn: 'cn=kuvert,ou=services,dc=example,dc=org' }),
  peopleBase: z.string().min(1).describe('Where people are.').meta({ example: 'ou=people,dc=example,dc=org' }),
  peopleFilter: z.string().default('(objectClass=inetOrgPerson)').describe('Which entries are accounts.'),
  ...attributes({ login: ['uid'], name: 'cn', addresses: ['mail', 'mailAlternateAddress'] }),
  groupsBase: z
    .string()
    .optional()
    .describe('Where shared mailboxes and groups are. Without it there are none.')
    .meta({ example: 'ou=groups,dc=example,dc=org' }),
  groupsFilter: z
    .string()
    .default('(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))')
    .describe('Which entries are shared mailboxes and groups; their members may open what is sent to them.'),
  memberAttributes: z
    .array(z.string())
    .default(['member', 'uniqueMember'])
    .describe("Attributes that name the members' DNs."),
  timeoutSeconds,
})

/** Active Directory, and Samba as one. */
export const activeDirectory = z.strictObject({
  kind: z.literal('activeDirectory').describe('Active Directory, of Windows or Samba.'),
  ...connection({ host: 'dc', bindDn: 'cn=kuvert,ou=services,dc=example,dc=org' }),
  peopleBase: z
    .string()
    .min(1)
    .describe('Where people are: the whole domain, or an organizational unit.')
    .meta({ example: 'dc=example,dc=org' }),
  peopleFilter: z
    .string()
    .default('(&(objectCategory=person)(objectClass=user))')
    .describe('Which entries are accounts. Those that are disabled or have expired are never used.'),
  ...attributes({
    login: ['sAMAccountName', 'userPrincipalName', 'mail'],
    name: 'displayName',
    addresses: ['mail', 'proxyAddresses'],
  }),
  groupsBase: z
    .string()
    .optional()
    .describe('Where shared mailboxes and groups are. Default: where people are.')
    .meta({ example: 'dc=example,dc=org' }),
  groupsFilter: z
    .string()
    .default('(|(objectClass=group)(msExchRecipientTypeDetails=4))')
    .describe(
      'Which entries are shared mailboxes and groups; their members may open what is sent to them. The number is how Exchange marks a shared mailbox; 34359738368 is one in Exchange Online.',
    ),
  memberAttributes: z
    .array(z.string())
    .default(['member', 'msExchDelegateListLink'])
    .describe("Attributes that name the members' DNs. The second names those who have full access to a mailbox."),
  timeoutSeconds,
})
