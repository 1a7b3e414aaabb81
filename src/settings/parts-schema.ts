import { z } from 'zod'
import { path, port, seconds, secret } from './fields.ts'
import { activeDirectory, ldap } from './ldap-schema.ts'

/** The parts outside of Kuvert: each is one of several kinds, and each has a kind that needs nothing installed. */

export const nextHop = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('maildir').describe('A folder that any mail client can open: to try things out.'),
      path: path.optional().describe('Default: outbox in the data folder.').meta({ example: './data/outbox' }),
    }),
    z.strictObject({
      kind: z.literal('smtp').describe('An MTA.'),
      host: z.string().min(1).describe('Name or address.').meta({ example: 'mail.example.org' }),
      fallbackHosts: z
        .array(z.string().min(1))
        .default([])
        .describe('Others, in the order in which they are tried while host is away. What is said below goes for all.')
        .meta({ example: ['mail2.example.org'] }),
      port: port.default(25).describe('25 for an MTA; 587 or 465 where one logs in.'),
      tls: z
        .enum(['none', 'opportunistic', 'required', 'verified', 'implicit'])
        .default('opportunistic')
        .describe(
          'STARTTLS: never; if offered, and in clear where it fails; always; always, with a certificate for the host name. implicit: TLS from the start, verified.',
        )
        .meta({ example: 'verified' }),
      ca: path
        .optional()
        .describe('CA certificates (PEM) to verify with, instead of the well-known ones.')
        .meta({ example: '/etc/kuvert/ca.pem' }),
      user: z
        .string()
        .optional()
        .describe('Log in as. Needs tls required, verified or implicit.')
        .meta({ example: 'kuvert' }),
      password: secret
        .optional()
        .describe('And its password.')
        .meta({ example: { file: '/etc/kuvert/next-hop.password' } }),
      connections: z.int().min(1).default(20).describe('Idle connections that are kept for the next mail, at most.'),
      timeoutSeconds: seconds
        .default(60)
        .describe('For a connection and for each answer; the final answer may take ten minutes.'),
    }),
  ])
  .default({ kind: 'maildir' })
  .describe('Where mail goes: relayed mail and the copies.')

export const database = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('embedded').describe("A PostgreSQL of Kuvert's own below the data folder."),
      port: port.optional().describe('Default: any free one.').meta({ example: 5433 }),
    }),
    z.strictObject({
      kind: z.literal('postgres').describe('A PostgreSQL server, 14 or later.'),
      url: secret.describe('postgresql://user:password@host/database').meta({ example: { env: 'DATABASE_URL' } }),
      maxConnections: z.int().min(2).default(20).describe('From one process, at most.'),
      timeoutSeconds: seconds.default(15).describe('For a connection and for each statement.'),
    }),
  ])
  .default({ kind: 'embedded' })
  .describe('Where messages, links, deliveries and sessions are kept.')

export const objects = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('folder').describe('A folder on this machine.'),
      path: path.optional().describe('Default: objects in the data folder.').meta({ example: './data/objects' }),
    }),
    z.strictObject({
      kind: z.literal('s3').describe('A bucket of an S3 server.'),
      endpoint: z
        .url({ protocol: /^https?$/ })
        .describe('The address of the S3 server.')
        .meta({ example: 'https://s3.example.org' }),
      region: z.string().default('us-east-1').describe('Many servers take any.'),
      bucket: z.string().min(3).describe('It must exist, and be private.').meta({ example: 'kuvert' }),
      prefix: z.string().default('').describe('Put before each key.').meta({ example: 'sealed/' }),
      accessKey: secret
        .describe('May read, write, list and remove objects of the bucket.')
        .meta({ example: { env: 'S3_ACCESS_KEY' } }),
      secretKey: secret.describe('Its secret.').meta({ example: { env: 'S3_SECRET_KEY' } }),
      timeoutSeconds: seconds.default(60).describe('Without a byte moving.'),
    }),
  ])
  .default({ kind: 'folder' })
  .describe('Where sealed files are kept. Only ciphertext leaves the process.')

export const directory = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('file').describe('A YAML file of people.'),
      path: path
        .optional()
        .describe('Default: people.yaml in the data folder.')
        .meta({ example: '/etc/kuvert/people.yaml' }),
    }),
    ldap,
    activeDirectory,
  ])
  .default({ kind: 'file' })
  .describe('Who is a local, and how they log in.')
