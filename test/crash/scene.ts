import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { simpleParser } from 'mailparser'
import { expect } from 'vitest'
import type { Keyring } from '#crypto/keyring.ts'
import type { Database } from '#database/database.ts'
import { findDeadObjectKeys } from '#database/objects.ts'
import type { Objects } from '#objects/objects.ts'
import { openObjects } from '#objects/open-objects.ts'
import type { Role } from '#model.ts'
import { openBrowser } from '../support/browser.ts'
import { submit } from '../support/client-mail.ts'
import { freePort } from '#platform/free-port.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { testKeyring } from '../support/keyring.ts'
import { testKeys, testSettings } from '../support/kuvert-settings.ts'
import { staff, writePeople } from '../support/people.ts'
import type { ClientReply } from '../support/smtp-client.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'
import type { CrashPoint } from './crash-point.ts'
import { startKuvertNode, type KuvertNode } from './kuvert-node.ts'

/** What any number of nodes share: one PostgreSQL, one object storage, one next hop, one portal address. */
export interface Scene {
  db: Database
  keyring: Keyring
  objects: Objects
  sink: SmtpSink
  folder: string
  portalUrl: string
  portalPort: number
  config: Record<string, unknown>
  start(roles: readonly Role[], armed?: CrashPoint): Promise<KuvertNode>
  close(): Promise<void>
}

/** Sections of the configuration that a test has otherwise. */
type Overrides = Record<string, unknown>

/** One database, storage and next hop. The storage is a folder unless `overrides` name another. */
export async function makeScene(overrides: Overrides = {}): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'kuvert-crash-'))
  const { db, url, drop } = await freshDatabase()
  const sink = await startSmtpSink()
  const portalPort = await freePort()
  const linkKey = { id: 'test', key: randomBytes(32) }
  await writePeople(join(folder, 'people.yaml'), [staff('anna')])
  const config = testSettings(
    folder,
    { smtp: 0, http: portalPort },
    {
      database: { kind: 'postgres', url, timeoutSeconds: 10 },
      nextHop: { kind: 'smtp', host: '127.0.0.1', port: sink.port, tls: 'none' },
      keys: testKeys({ link: linkKey.key }),
      upkeep: { everySeconds: 3600, sweepAfterHours: 1 },
      log: { level: 'info' },
      ...overrides,
    },
  )
  const portalUrl = config.portal.url
  const storage = (overrides['objects'] ?? { kind: 'folder' }) as Parameters<typeof openObjects>[0]
  const objects = await openObjects(storage, folder)
  const nodes: KuvertNode[] = []
  const start = async (roles: readonly Role[], armed?: CrashPoint) => {
    const node = await startKuvertNode(folder, `node-${nodes.length}`, config, { roles, ...(armed && { armed }) })
    nodes.push(node)
    return node
  }
  const close = async () => {
    await Promise.all(nodes.map(node => node.kill()))
    await sink.stop()
    await drop()
    await rm(folder, { recursive: true, force: true })
  }
  return { db, keyring: testKeyring([linkKey]), objects, sink, folder, portalUrl, portalPort, config, start, close }
}

/** A mail of which every byte is its own. */
export interface TestMail {
  bytes: Buffer
  subject: string
  file: Buffer
  recipients: string[]
}

/** Marked, unless `mark` is empty. The file is its attachment. */
export function writeMail(
  subject: string,
  { mark = '[secure, open]', fileBytes = 3000, recipients = 2 } = {},
): TestMail {
  const file = randomBytes(fileBytes)
  const lines = [
    'From: Anna <anna@kommun.example>',
    'To: Bertil <bertil@kommun.example>',
    `Subject: ${`${mark} ${subject}`.trim()}`,
    `Message-ID: <${randomBytes(8).toString('hex')}@kommun.example>`,
    'Date: Mon, 02 Nov 2026 10:00:00 +0100',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=one',
    '',
    '--one',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'The text.',
    '--one',
    'Content-Type: application/octet-stream',
    'Content-Disposition: attachment; filename=a.bin',
    'Content-Transfer-Encoding: base64',
    '',
    ...(file.toString('base64').match(/.{1,76}/g) ?? []),
    '--one--',
    '',
  ]
  const to = Array.from({ length: recipients }, (_, index) => `recipient${index}@example.net`)
  return { bytes: Buffer.from(lines.join('\r\n')), subject, file, recipients: to }
}

/** Sends it as an MTA does; undefined where the line broke before the answer. */
export async function sendOnce(port: number, mail: TestMail): Promise<ClientReply | undefined> {
  const to = mail.recipients.map(recipient => `<${recipient}>`)
  try {
    return await submit(port, mail.bytes, { from: '<anna@kommun.example>', to })
  } catch {
    // Refused, reset or closed: the mail is still its sender's.
    return undefined
  }
}

/** How often a mail has come for a recipient. */
export function copiesFor(sink: SmtpSink, mail: TestMail, recipient: string) {
  const subject = `Subject: ${mail.subject}\r\n`
  return sink.mails.filter(
    copy => copy.recipients.includes(recipient) && copy.bytes.subarray(0, 4000).includes(subject),
  )
}

/** Waits until every recipient has it; returns how often each has it. */
export async function arrivals(sink: SmtpSink, mail: TestMail, seconds = 20): Promise<number[]> {
  const count = () => mail.recipients.map(recipient => copiesFor(sink, mail, recipient).length)
  for (const deadline = Date.now() + seconds * 1000; count().includes(0) && Date.now() < deadline;) await pause(20)
  return count()
}

/** Every copy's link opens, and leads to the very bytes that were attached. */
export async function expectLinksWork({ sink, portalUrl }: Scene, mail: TestMail): Promise<void> {
  for (const recipient of mail.recipients) {
    for (const copy of copiesFor(sink, mail, recipient)) {
      const answer = await openBrowser(portalUrl).download(await linkOf(copy.bytes))
      expect(answer.status, `the download of ${mail.subject} for ${recipient}`).toBe(200)
      expect(sha256(Buffer.from(await answer.arrayBuffer()))).toBe(sha256(mail.file))
    }
  }
}

/** The path of the link in a copy. */
export async function linkOf(copy: Buffer): Promise<string> {
  const { text = '' } = await simpleParser(copy)
  const found = /\/l\/[\w-]{32}/.exec(text)
  if (!found) throw new Error(`There is no link in:\n${text}`)
  return found[0]
}

/** As if the leases of whoever was killed had ended. */
export async function endLeases(db: Database): Promise<void> {
  for (const table of ['deliveries', 'notices'])
    await db.query(`update ${table} set leased_until = now() - interval '1 second' where leased_until is not null`)
}

/** Waits until no copy is queued any more. */
export async function untilSettled(db: Database): Promise<void> {
  const queued = async () => (await db.query(`select 1 from deliveries where state = 'queued'`)).rows.length
  await expect.poll(queued).toBe(0)
}

/**
 * True as soon as a node says that it has handed over this mail's copy, false if it was killed before. The database knows
 * of it sooner: the node may still be about to be killed.
 */
export async function untilHandedOver({ db }: Scene, node: KuvertNode, mail: TestMail): Promise<boolean> {
  const isSaid = async () => {
    const { rows } = await db.query<{ id: string }>('select id from messages where subject = $1', [mail.subject])
    const says = (line: Record<string, unknown>) =>
      line['msg'] === 'a copy has been handed over' && line['message'] === rows[0]?.id
    return node.logged.some(says)
  }
  while (!(await isSaid())) {
    const ended = await Promise.race([node.ended, pause(20)])
    if (ended !== undefined) return false
  }
  return true
}

/** Lets two days pass for everything in the storage. */
export async function ageObjects({ folder }: Scene): Promise<void> {
  const then = new Date(Date.now() - 48 * 3_600_000)
  const root = join(folder, 'objects')
  for (const name of await readdir(root, { recursive: true })) await utimes(join(root, name), then, then)
}

/** No row points to nothing. */
export async function expectAllStored({ db, objects }: Scene): Promise<void> {
  const keys = new Set<string>()
  for await (const { key } of objects.list()) keys.add(key)
  expect((await liveKeys(db)).filter(key => !keys.has(key))).toEqual([])
}

/** Nothing is stored that no row points to, and no row points to nothing. */
export async function expectNothingDangles({ db, objects }: Scene): Promise<void> {
  const keys: string[] = []
  for await (const { key } of objects.list()) keys.push(key)
  expect(await findDeadObjectKeys(db, keys)).toEqual([])
  expect((await liveKeys(db)).toSorted()).toEqual(keys.toSorted())
}

async function liveKeys(db: Database): Promise<string[]> {
  const { rows } = await db.query<{ key: string }>(
    `select slim_object_key as key from messages where slim_sealed is null and ended_at is null
     union select key from objects join files on files.id = file_id join messages on messages.id = message_id where ended_at is null`,
  )
  return rows.map(row => row.key)
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
