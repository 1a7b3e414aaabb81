import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { stringify } from 'yaml'
import { verifyAudit } from '#audit/verify-audit.ts'
import { startEmbeddedPostgres } from '#database/embedded-postgres.ts'
import { waitForMails } from '#demo/outbox.ts'
import { chainAll } from '../support/audit-entries.ts'
import { mailWithAttachment, submit } from '../support/client-mail.ts'
import { startTestKuvert } from '../support/kuvert.ts'
import { findServer, hasServer } from '../support/servers.ts'
import { openBrowser } from '../support/browser.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const documentation = new URL('../../docs/audit.md', import.meta.url)
const owner = 'recipe_owner'
const user = 'recipe_user'

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'kuvert-two-users-'))))
afterEach(() => rm(folder, { recursive: true, force: true }))

/** The statements of the page, in their blocks, for users and a database of this test. */
async function recipe(): Promise<{ once: string[]; afterEveryUpdate: string[] }> {
  const page = await readFile(documentation, 'utf8')
  const section = /## Who should own the table\n([^]*?)\n## /.exec(page)![1]!
  const blocks = [...section.matchAll(/(?:^ {4}.*\n)+/gm)].map(([block]) =>
    block
      .replaceAll('kuvert_owner', owner)
      .replace(/\bkuvert\b/g, user)
      .replaceAll("'…'", "'ord'")
      .trimEnd()
      .split('\n')
      .map(line => line.trim()),
  )
  expect(blocks).toHaveLength(2)
  return { once: blocks[0]!, afterEveryUpdate: blocks[1]! }
}

/** Runs statements one by one, as psql does: `\connect` goes on in another database. */
async function psql(url: string, statements: string[]): Promise<void> {
  let client = new pg.Client(url)
  await client.connect()
  try {
    for (const statement of statements) {
      const database = /^\\connect (\w+)$/.exec(statement)?.[1]
      if (database === undefined) await client.query(statement)
      else {
        await client.end()
        client = new pg.Client(as(url, {}, database))
        await client.connect()
      }
    }
  } finally {
    await client.end()
  }
}

function as(url: string, { name, password = 'ord' }: { name?: string; password?: string }, database = user): string {
  const other = new URL(url)
  other.pathname = `/${database}`
  if (name !== undefined) Object.assign(other, { username: name, password })
  return other.href
}

/** `kuvert migrate` with a configuration that names nothing but the database. */
async function migrate(url: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const file = join(folder, 'migrate.yaml')
  await writeFile(file, stringify({ database: { kind: 'postgres', url } }))
  return new Promise(resolve => {
    execFile(process.execPath, [main, 'migrate', '--config', file], (error, stdout, stderr) =>
      resolve({ code: (error?.code as number | undefined) ?? 0, stdout, stderr }),
    )
  })
}

describe.each([
  { version: 'PostgreSQL 18', start: async () => ({ url: inject('postgresUrl'), stop: async () => undefined }) },
  {
    version: 'PostgreSQL 14',
    start: async () => {
      const bin = dirname(findServer('PostgreSQL 14') as string)
      const programs = { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') }
      return startEmbeddedPostgres({ folder, programs, settings: { fsync: 'off' } })
    },
  },
])('the recipe for two users of the database works on $version', ({ version, start }) => {
  test.skipIf(version === 'PostgreSQL 14' && !hasServer(version))('from nothing to a mail that is opened', async () => {
    const server = await start()
    const { once, afterEveryUpdate } = await recipe()
    await psql(server.url, once)
    const ownerUrl = as(server.url, { name: owner })
    const userUrl = as(server.url, { name: user })
    try {
      // The user who runs Kuvert cannot make the tables, and is told who can.
      const tooEarly = await migrate(userUrl)
      expect(tooEarly).toMatchObject({ code: 1, stdout: '' })
      expect(tooEarly.stderr).toContain('permission denied for schema public. Run "kuvert migrate" as the owner')
      expect(tooEarly.stderr).not.toContain('    at ')

      expect(await migrate(ownerUrl)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Ran 0001/) as string })
      await psql(ownerUrl, afterEveryUpdate)
      expect((await migrate(ownerUrl)).stdout).toContain('The database is up to date.')

      await walk(userUrl)
      await expect(psql(userUrl, ['create table mine (id integer)'])).rejects.toThrow('permission denied for schema')
      for (const statement of notAllowed)
        await expect(psql(userUrl, [statement]), statement).rejects.toThrow('permission denied for')
      // The owner can delete a person, as the page says.
      await psql(ownerUrl, ["delete from persons where name in ('bertil@example.net', 'bertil')"])
      await expect(psql(userUrl, ['delete from migrations'])).rejects.toThrow('permission denied for table')
    } finally {
      await psql(server.url, [`drop database ${user} with (force)`, ...[owner, user].map(name => `drop role ${name}`)])
      await server.stop()
    }
  })
})

/** What whoever has taken over the application cannot do to the audit. */
const notAllowed = [
  `update audit_entries set actor = 'nobody'`,
  ...['audit_entries', 'audit_chain', 'audit_unchained', 'persons'].flatMap(table => [
    `delete from ${table}`,
    `truncate ${table}`,
  ]),
  `insert into audit_chain values (1, 1, '', '')`,
  `update audit_chain set hash = ''`,
  `insert into audit_unchained values (1)`,
  `insert into persons values ('x', 'login', 'x', '')`,
  `update persons set name = 'x'`,
  `select setval('audit_entry_ids', 1)`,
  `create table audit_entries (id integer)`,
]

/** A marked mail is sealed, its copy is delivered, the file is fetched, and the audit is whole. */
async function walk(url: string): Promise<void> {
  const kuvert = await startTestKuvert({ database: { kind: 'postgres', url, timeoutSeconds: 5 } })
  try {
    const answer = await submit(kuvert.smtpPort, mailWithAttachment('[secure, open] x', 'the file'))
    expect(answer.code).toBe(250)
    const [copy] = await waitForMails(join(kuvert.folder, 'outbox'), new Set(), 1)
    const browser = openBrowser(kuvert.portalUrl)
    expect(await (await browser.download(new URL(copy!.link!).pathname)).text()).toBe('the file')
    await chainAll(kuvert.deps.db)
    const { head, isExpectedThere } = await verifyAudit(kuvert.deps.db, null, (_, sentence) =>
      expect.unreachable(sentence),
    )
    expect({ isExpectedThere, few: head.count < 3 }).toEqual({ isExpectedThere: true, few: false })
  } finally {
    await kuvert.close()
  }
}
