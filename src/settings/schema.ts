import { z } from 'zod'
import { contrast, leastContrast, readColour, white } from './colour.ts'
import { classifySchema } from './classify-schema.ts'
import { bytes, path, port, seconds, secret, tlsFiles } from './fields.ts'
import { compose } from './compose-schema.ts'
import { outsiders } from './outsiders-schema.ts'
import { machineTimeZone, readTimeZone } from '#platform/time-zone.ts'
import { database, directory, nextHop, objects } from './parts-schema.ts'

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
            .describe('Balancers (networks) that put a PROXY protocol line first.')
            .meta({ example: ['192.0.2.5'] }),
        }),
      )
      .min(1)
      .default([{ address: '127.0.0.1', port: 2525, tls: 'starttls', proxyFrom: [] }])
      .describe('Where mail comes in.'),
    tls: tlsFiles.optional().describe('Certificate chain and key (PEM). Without it there is no TLS, and so no login.'),
    trustedNetworks: z
      .array(z.string())
      .default([])
      .describe('MTAs that may relay without a login, as networks (192.0.2.0/24). Empty: everybody logs in.')
      .meta({ example: ['192.0.2.0/24', '2001:db8:25::/48'] }),
    sendAsMailboxes: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'Shared mailboxes and groups that their members may send as over SMTP: addresses, or patterns such as *@funktion.example.org. A member of any other may open what is sent to it, and sends as an address of their own.',
      )
      .meta({ example: ['info@example.org', '*@funktion.example.org'] }),
    limits: z
      .strictObject({
        connections: z
          .int()
          .min(1)
          .default(500)
          .describe(
            'SMTP connections at the same time. Clients of trustedNetworks are counted apart, with as many; of all others, half may be held by clients that have not logged in.',
          ),
        connectionsPerAddress: z.int().min(1).default(50).describe('At the same time, from one address.'),
        recipients: z.int().min(1).default(200).describe('In one mail.'),
        mailBytes: bytes.default(2 * 1024 ** 3).describe('A whole mail, as sent (files grow by a third in mail).'),
        idleSeconds: seconds.default(300).describe('A client that says nothing for so long is disconnected.'),
        strangerIdleSeconds: seconds
          .default(30)
          .describe('The same, for a client that is neither in trustedNetworks nor logged in.'),
        strangerSeconds: seconds
          .default(120)
          .describe('Such a client must have logged in within this time, or is disconnected.'),
        mailSeconds: seconds.default(3600).describe('A mail must have arrived within this time.'),
        marksAtOnce: z.int().min(1).default(8).describe('Marked mails that are sealed at the same time; others wait.'),
        failedLogins: z
          .int()
          .min(1)
          .default(4)
          .describe(
            "Failed logins of one account within failedLoginMinutes, after which the directory is no longer asked. SMTP and the portal count apart, so keep twice this number below the directory's own lockout. A client address or browser from which the account has logged in within 60 days has as many of its own: strangers cannot keep it out.",
          ),
        failedLoginsPerAddress: z
          .int()
          .min(1)
          .default(50)
          .describe(
            'Failed logins from one client address (of IPv6, its /64) within failedLoginMinutes, at each of both doors.',
          ),
        failedLoginMinutes: z.int().min(1).default(15).describe('Failed logins are counted for so many minutes.'),
      })
      .prefault({})
      .describe('Beyond these, a client is asked to try again later, or is refused.'),
    scratchFolder: path
      .optional()
      .describe('Where a marked mail rests while it is sealed. Default: scratch in the data folder.')
      .meta({ example: '/var/lib/kuvert/scratch' }),
  })
  .prefault({})
  .describe('Mail in.')

const keyId = z.string().regex(/^[\w.-]{1,64}$/, 'must be letters, digits, dots, dashes and underscores')

const keys = z
  .strictObject({
    master: z
      .array(
        z.strictObject({
          id: keyId.describe('A name for the key; it is stored with what the key wraps.').meta({ example: '2026' }),
          secret: secret
            .describe('32 random bytes, base64: kuvert make-keys')
            .meta({ example: { file: '/etc/kuvert/master-2026.key' } }),
        }),
      )
      .default([])
      .describe('Wrap the key of each message. The first wraps new ones; keep the old ones as long as messages live.'),
    link: z
      .array(
        z.strictObject({
          id: keyId.describe('A name for the key; it is stored with what the key makes.').meta({ example: '2026' }),
          secret: secret
            .describe('32 random bytes, base64: kuvert make-keys')
            .meta({ example: { file: '/etc/kuvert/link-2026.key' } }),
        }),
      )
      .default([])
      .describe(
        'Make the tokens of links, and show that rows of the database are as Kuvert wrote them. The first makes new ones; keep the old ones as long as messages live.',
      ),
  })
  .prefault({})
  .describe(
    'Without keys, Kuvert makes its own in the data folder. With a PostgreSQL or S3 server, they must be given, the same on all nodes.',
  )

const portal = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .default('http://localhost:8080')
      .describe('How recipients reach the portal; links begin with it.'),
    address: z.string().default('127.0.0.1').describe('Address to listen on.'),
    port: port.default(8080).describe('Port to listen on.'),
    tls: tlsFiles.optional().describe('Without it, put a reverse proxy that ends TLS in front.'),
    trustProxy: z
      .array(z.string())
      .default([])
      .describe('Reverse proxies (networks) whose X-Forwarded-For is believed.')
      .meta({ example: ['192.0.2.6'] }),
    colour: z
      .string()
      .regex(/^#[0-9a-f]{6}$/i, 'expected a colour such as #14507a')
      .refine(
        colour => !/^#[0-9a-f]{6}$/i.test(colour) || contrast(readColour(colour), white) >= leastContrast,
        'white text cannot be read on this colour; choose a darker one',
      )
      .default('#14507a')
      .describe("The organisation's colour, on buttons and links; white text stands on it."),
    logo: path
      .regex(/\.(?:svg|png|jpe?g|webp)$/i, 'expected an image: .svg, .png, .jpg or .webp')
      .optional()
      .describe("The organisation's logo, on every page: an .svg, .png, .jpg or .webp file.")
      .meta({ example: '/etc/kuvert/logo.svg' }),
    sessionIdleMinutes: z.int().min(1).default(30).describe('A login ends when nothing has been done for so long.'),
    sessionHours: z.int().min(1).default(12).describe('A login ends after so long, however busy.'),
    ticketMinutes: z.int().min(1).default(30).describe('How long a started download may be fetched.'),
    downloadsAtOnce: z
      .int()
      .min(1)
      .default(64)
      .describe(
        'Downloads under way at the same time; each takes up to 1 MiB of memory. Further ones are asked to wait.',
      ),
    downloadsPerSession: z.int().min(1).default(8).describe("Of these, one visitor's."),
  })
  .prefault({})
  .describe('Files out.')

const courier = z
  .strictObject({
    linkBlock: z.enum(['top', 'bottom']).default('top').describe('Where the link block is put in a copy.'),
    atOnce: z.int().min(1).default(4).describe('Copies that are sent at the same time.'),
    leaseSeconds: seconds.default(900).describe('After so long, a copy that a killed courier held is taken up again.'),
    firstPauseSeconds: seconds.default(10).describe('Before a copy is tried again; twice as long each further time.'),
    longestPauseSeconds: seconds.default(3600).describe('Pauses between attempts do not grow beyond this.'),
    warnAfterHours: z
      .number()
      .min(0)
      .default(4)
      .describe('After so long, the sender is told that a copy is late; 0 is never.'),
    giveUpHours: z
      .int()
      .min(1)
      .default(120)
      .describe('After so long, the sender is told that a copy could not be delivered.'),
    notificationsFrom: z
      .string()
      .optional()
      .describe('From address of what Kuvert itself writes. Default: kuvert@ the host name.')
      .meta({ example: 'kuvert@example.org' }),
  })
  .prefault({})
  .describe('Mail out.')

const upkeep = z
  .strictObject({
    everySeconds: seconds.default(300).describe('How often.'),
    sweepEveryHours: z
      .number()
      .min(1)
      .default(24)
      .describe('How often to look for objects that nothing points to; the whole storage is listed for that.'),
    sweepAfterHours: z.number().min(1).default(24).describe('Such an object is removed at this age.'),
    forgetAfterDays: z
      .int()
      .min(1)
      .nullable()
      .default(90)
      .describe('So long after a message has ended, its subject and addresses are deleted; null is never.'),
  })
  .prefault({})
  .describe('End messages at their time, and remove what is left of them.')

const reminders = z
  .strictObject({
    daysBeforeExpiry: z
      .int()
      .min(1)
      .max(365)
      .nullable()
      .default(3)
      .describe('A recipient who has fetched nothing is then reminded, once; null is never.'),
    notBelowDays: z
      .int()
      .min(1)
      .default(7)
      .describe('A message that can be opened for fewer days than this brings no reminder.'),
  })
  .prefault({})
  .describe('Mails to recipients, before a message expires.')

export const settingsSchema = z.strictObject({
  organisation: z.string().min(1).default('Kuvert').describe("The organisation's name: on pages and in mails."),
  language: z.enum(['sv', 'en']).default('sv').describe('Of what Kuvert adds, where the mail does not say otherwise.'),
  timeZone: z
    .string()
    .refine(name => readTimeZone(name) !== null, 'expected the name of a time zone, such as Europe/Stockholm')
    .default(machineTimeZone)
    .describe(
      'The time zone of every date and time that Kuvert shows, and of the days at whose end messages expire; a name of the IANA database. Default: the time zone of the machine.',
    )
    .meta({ example: 'Europe/Stockholm' }),
  dataFolder: path
    .default('./data')
    .describe(
      'For everything that is not configured to be elsewhere. Relative paths begin at the folder that Kuvert is started in.',
    ),
  log: z
    .strictObject({
      level: z
        .enum(['trace', 'debug', 'info', 'warn', 'error'])
        .default('info')
        .describe('How much is told; debug names each step of each mail.'),
    })
    .prefault({})
    .describe('The log: one JSON object a line, on standard error. Secrets and links never reach it.'),
  stopSeconds: seconds
    .default(30)
    .describe('When Kuvert is stopped, what is in flight may go on for so long; then it is cut off.'),
  gateway,
  nextHop,
  database,
  objects,
  directory,
  keys,
  classify: classifySchema,
  outsiders,
  courier,
  portal,
  compose,
  reminders,
  upkeep,
})

/** The validated configuration. Secrets in it are resolved. */
export type Settings = z.output<typeof settingsSchema>
