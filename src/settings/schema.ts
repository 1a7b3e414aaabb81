import { z } from 'zod'
import { classifySchema } from '#settings/classify-schema.ts'

import { bytes, path, port, seconds, secret, tlsFiles } from '#settings/fields.ts'
/**
 * The whole configuration. Every field has a description: they become the comments of the example
 * file and of the documentation. What has a default may be left out.
 */

const gateway = z
  .strictObject({
    hostname: z
      .string()
      .min(1)
      .default('localhost')
      .describe('How Kuvert names itself: greeting, EHLO, Received and Message-ID.'),
    listeners: z
      .array(
        z.strictObject({
          address: z.string().default('127.0.0.1').describe('Address to listen on.'),
          port,
          tls: z
            .enum(['starttls', 'implicit', 'none'])
            .default('starttls')
            .describe('starttls offers it; implicit starts with it; none never has it.'),
          proxyFrom: z
            .array(z.string())
            .default([])
            .describe('Balancers (networks) that put a PROXY protocol line first.'),
        }),
      )
      .min(1)
      .default([{ address: '127.0.0.1', port: 2525, tls: 'starttls', proxyFrom: [] }])
      .describe('Where mail comes in.'),
    tls: tlsFiles.optional().describe('Certificate chain and key (PEM). Without it there is no TLS, and so no login.'),
    trustedNetworks: z
      .array(z.string())
      .default([])
      .describe('MTAs that may relay without a login, as networks (192.0.2.0/24). Empty: everybody logs in.'),
    limits: z
      .strictObject({
        connections: z.int().min(1).default(500).describe('At the same time, all together.'),
        connectionsPerAddress: z.int().min(1).default(50).describe('At the same time, from one address.'),
        recipients: z.int().min(1).default(200).describe('In one mail.'),
        mailBytes: bytes.default(2 * 1024 ** 3).describe('A whole mail, as sent (files grow by a third in mail).'),
        idleSeconds: seconds.default(300).describe('A client that says nothing for so long is disconnected.'),
        mailSeconds: seconds.default(3600).describe('A mail must have arrived within this time.'),
        marksAtOnce: z.int().min(1).default(8).describe('Marked mails that are sealed at the same time; others wait.'),
        failedLogins: z
          .int()
          .min(1)
          .default(5)
          .describe(
            "Per account and window, before the directory is no longer asked. Keep it below the directory's own lockout.",
          ),
        failedLoginsPerAddress: z.int().min(1).default(50).describe('Per client address and window.'),
        failedLoginMinutes: z.int().min(1).default(15).describe('The window.'),
      })
      .prefault({}),
    scratchFolder: path
      .optional()
      .describe('Where a marked mail rests while it is sealed. Default: scratch in the data folder.'),
  })
  .prefault({})
  .describe('Mail in.')

const nextHop = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('maildir').describe('A folder that any mail client can open: to try things out.'),
      path: path.optional().describe('Default: outbox in the data folder.'),
    }),
    z.strictObject({
      kind: z.literal('smtp').describe('An MTA.'),
      host: z.string().min(1).describe('Name or address.'),
      port: port.default(25),
      tls: z
        .enum(['none', 'opportunistic', 'required', 'verified', 'implicit'])
        .default('opportunistic')
        .describe(
          'STARTTLS: never; if offered; always; always, with a certificate for the host name. implicit: TLS from the start, verified.',
        ),
      ca: path.optional().describe('CA certificates (PEM) to verify with, instead of the well-known ones.'),
      user: z.string().optional().describe('Log in as.'),
      password: secret.optional(),
      connections: z.int().min(1).default(20).describe('Idle connections that are kept for the next mail, at most.'),
      timeoutSeconds: seconds
        .default(60)
        .describe('For a connection and for each answer; the final answer may take ten minutes.'),
    }),
  ])
  .default({ kind: 'maildir' })
  .describe('Where mail goes: relayed mail and the copies.')

const database = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('embedded').describe("A PostgreSQL of Kuvert's own below the data folder."),
      port: port.optional().describe('Default: any free one.'),
    }),
    z.strictObject({
      kind: z.literal('postgres').describe('A PostgreSQL server, 14 or later.'),
      url: secret.describe('postgresql://user:password@host/database'),
      maxConnections: z.int().min(2).default(20),
      timeoutSeconds: seconds.default(15).describe('For a connection and for each statement.'),
    }),
  ])
  .default({ kind: 'embedded' })

const objects = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('folder').describe('A folder on this machine.'),
      path: path.optional().describe('Default: objects in the data folder.'),
    }),
    z.strictObject({
      kind: z.literal('s3').describe('A bucket of an S3 server.'),
      endpoint: z.url({ protocol: /^https?$/ }).describe('https://s3.example.org'),
      region: z.string().default('us-east-1'),
      bucket: z.string().min(3),
      prefix: z.string().default('').describe('Put before each key.'),
      accessKey: secret,
      secretKey: secret,
      timeoutSeconds: seconds.default(60).describe('Without a byte moving.'),
    }),
  ])
  .default({ kind: 'folder' })
  .describe('Where sealed files are kept. Only ciphertext leaves the process.')

const directory = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('file').describe('A YAML file of people.'),
      path: path.optional().describe('Default: people.yaml in the data folder.'),
    }),
    z.strictObject({
      kind: z.literal('ldap').describe('LDAP (OpenLDAP and others).'),
      urls: z
        .array(z.url({ protocol: /^ldaps?$/ }))
        .min(1)
        .describe('Asked in this order: ldaps://ldap1.example.org. ldap:// is only used with STARTTLS.'),
      startTls: z.boolean().default(true).describe('With ldap://: STARTTLS, which cannot fall back to plain text.'),
      ca: path.optional().describe('CA certificates (PEM) to verify with.'),
      bindDn: z.string().min(1).describe('Who searches.'),
      bindPassword: secret,
      peopleBase: z.string().min(1).describe('Where people are: ou=people,dc=example,dc=org'),
      peopleFilter: z.string().default('(objectClass=inetOrgPerson)').describe('Which entries are accounts.'),
      loginAttributes: z
        .array(z.string())
        .min(1)
        .default(['uid'])
        .describe("What one may log in with; the first is the account's id."),
      nameAttribute: z.string().default('cn'),
      addressAttributes: z
        .array(z.string())
        .min(1)
        .default(['mail', 'mailAlternateAddress'])
        .describe('In order; the first value found is the primary address.'),
      groupsBase: z.string().optional().describe('Where shared mailboxes and groups are.'),
      groupsFilter: z
        .string()
        .default('(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))')
        .describe('Which entries are shared mailboxes and groups.'),
      memberAttributes: z
        .array(z.string())
        .default(['member', 'uniqueMember'])
        .describe("Attributes that name the members' DNs."),
      timeoutSeconds: seconds.default(10),
    }),
  ])
  .default({ kind: 'file' })
  .describe('Who is a local, and how they log in.')

const keys = z
  .strictObject({
    master: z
      .array(
        z.strictObject({
          id: z.string().regex(/^[\w.-]{1,64}$/, 'letters, digits, dot, dash and underscore'),
          secret: secret.describe('32 random bytes, base64: openssl rand -base64 32'),
        }),
      )
      .default([])
      .describe('Wrap the key of each message. The first wraps new ones; keep the old ones as long as messages live.'),
    link: secret
      .optional()
      .describe("Makes the links' tokens. 32 random bytes, base64. Changing it breaks links that are sent again."),
  })
  .prefault({})
  .describe('Without keys, Kuvert makes its own in the data folder.')

const portal = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .default('http://localhost:8080')
      .describe('How recipients reach the portal; links begin with it.'),
    address: z.string().default('127.0.0.1').describe('Address to listen on.'),
    port: port.default(8080),
    tls: tlsFiles.optional().describe('Without it, put a reverse proxy that ends TLS in front.'),
    trustProxy: z
      .array(z.string())
      .default([])
      .describe('Reverse proxies (networks) whose X-Forwarded-For is believed.'),
    sessionIdleMinutes: z.int().min(1).default(30),
    sessionHours: z.int().min(1).default(12).describe('At most, however busy.'),
    ticketMinutes: z.int().min(1).default(30).describe('How long a started download may be fetched.'),
  })
  .prefault({})
  .describe('Files out.')

const courier = z
  .strictObject({
    linkBlock: z.enum(['top', 'bottom']).default('top').describe('Where the link block is put in a copy.'),
    atOnce: z.int().min(1).default(4).describe('Copies that are sent at the same time.'),
    leaseSeconds: seconds.default(900).describe('After so long, a copy that a killed courier held is taken up again.'),
    giveUpHours: z
      .int()
      .min(1)
      .default(120)
      .describe('After so long, the sender is told that a copy could not be delivered.'),
    notificationsFrom: z
      .string()
      .optional()
      .describe('From address of what Kuvert itself writes. Default: kuvert@ the host name.'),
  })
  .prefault({})
  .describe('Mail out.')

const upkeep = z
  .strictObject({
    everySeconds: seconds.default(300).describe('How often.'),
    sweepAfterHours: z
      .number()
      .positive()
      .default(24)
      .describe('An object that nothing points to is removed at this age.'),
  })
  .prefault({})
  .describe('Expire messages, remove what nobody points to.')

export const settingsSchema = z.strictObject({
  organisation: z.string().min(1).default('Kuvert').describe("The organisation's name: on pages and in mails."),
  language: z.enum(['sv', 'en']).default('sv').describe('Of what Kuvert adds, where the mail does not say otherwise.'),
  dataFolder: path
    .default('./data')
    .describe(
      'For everything that is not configured to be elsewhere. Relative paths begin at the folder that Kuvert is started in.',
    ),
  log: z.strictObject({ level: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info') }).prefault({}),
  gateway,
  nextHop,
  database,
  objects,
  directory,
  keys,
  classify: classifySchema,
  courier,
  portal,
  upkeep,
})

/** The validated configuration. Secrets in it are resolved. */
export type Settings = z.output<typeof settingsSchema>
