import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { parseQueue } from '#commands/queue-request.ts'
import { queueHead, queueLines } from '#commands/queue-table.ts'
import type { QueueEntry } from '#database/queue.ts'
import { auditEntries } from '../support/audit-entries.ts'
import { mailWithAttachment, submit } from '../support/client-mail.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
let sink: SmtpSink
let kuvert: TestKuvert
beforeEach(async () => {
  sink = await startSmtpSink({ answers: { DOT: '451 4.7.1 Greylisted, come back' } })
  kuvert = await startTestKuvert({
    nextHop: { kind: 'smtp', host: '127.0.0.1', port: sink.port, tls: 'none' },
    courier: { firstPauseSeconds: 1000 },
  })
  const config = { database: { kind: 'postgres', url: kuvert.databaseUrl } }
  await writeFile(join(kuvert.folder, 'queue.yaml'), stringify(config))
})
afterEach(async () => {
  await kuvert.close()
  await sink.stop()
})

async function queue(...args: string[]) {
  const child = execFile(process.execPath, [main, 'queue', ...args, '--config', 'queue.yaml'], { cwd: kuvert.folder })
  const output = { stdout: '', stderr: '' }
  child.stdout?.on('data', (text: string) => (output.stdout += text))
  child.stderr?.on('data', (text: string) => (output.stderr += text))
  const [code] = (await once(child, 'close')) as [number]
  return { code, ...output }
}

const query = (sql: string) => kuvert.deps.db.query<{ id: string; state: string }>(sql)

/** Copies for Bertil and Cecilia that were tried once. Returns their ids. */
async function putOff(): Promise<string[]> {
  const to = ['<bertil@kommun.example>', '<cecilia@kommun.example>']
  await submit(kuvert.smtpPort, mailWithAttachment('[secure open lang=en] x'), { to })
  const tried =
    'select deliveries.id from deliveries join links on links.id = link_id where last_reply is not null order by recipient'
  await expect.poll(async () => (await query(tried)).rows.length).toBe(2)
  return (await query(tried)).rows.map(row => row.id)
}

test('the queue shows what waits, since when and why; for programs as one object a line', async () => {
  expect((await queue()).stdout).toBe('The queue is empty.\n')
  const ids = await putOff()
  await query(`insert into notices (id, sender, recipient, kind, mail, link_key_id, next_attempt_at) values
    ('00000000-0000-0000-0000-000000000001', '', 'anna@kommun.example', 'mail', 'x', 'k', now() + interval '1 day')`)
  const { code, stdout } = await queue()
  expect(code).toBe(0)
  const lines = stdout.trimEnd().split('\n')
  expect(lines[0]).toMatch(/^Id +Message +Age +Tries +Next try +Recipient$/)
  const first = lines.findIndex(line => line.startsWith(ids[0]!.slice(0, 8)))
  expect(lines[first]).toMatch(/^[\da-f]{8} {2}[\da-f]{8} {2}\d+ s +1 {6}in \d+ min {2,}bertil@kommun\.example$/)
  expect(lines[first + 1]).toBe('          451 4.7.1 Greylisted, come back')
  expect(stdout).toMatch(/^00000000 {2}notice +\d+ s +0 +in 24 h +anna@kommun\.example$/m)
  expect(lines.at(-1)).toBe('Queued: 2 copies, 1 notices.')
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
  const entries = (await queue('--json')).stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as QueueEntry)
  expect(entries.map(entry => entry.kind).toSorted()).toEqual(['copy', 'copy', 'notice'])
  expect(entries.find(entry => entry.id === ids[1])).toMatchObject({
    recipient: 'cecilia@kommun.example',
    sender: 'anna@kommun.example',
    attempts: 1,
    beingSent: false,
    lastReply: '451 4.7.1 Greylisted, come back',
  })
})

test('what is to be retried is sent at once; all of it, or what is named by the beginning of its id', async () => {
  const ids = await putOff()
  sink.script.answers = {}
  expect(await queue('retry', ids[0]!.slice(0, 8))).toMatchObject({ code: 0, stdout: '1 will be tried now.\n' })
  expect((await sink.waitForMails(1))[0]!.recipients).toEqual(['bertil@kommun.example'])
  expect(await queue('retry', '--all')).toMatchObject({ code: 0, stdout: '1 will be tried now.\n' })
  await sink.waitForMails(2)
})

test('the sender is told of what is dropped, and the audit knows who did it', async () => {
  const [bertil] = await putOff()
  sink.script.answers = {}
  expect(await queue('drop', bertil!)).toMatchObject({
    code: 0,
    stdout: '1 dropped. The senders of copies are told.\n',
  })
  const [mail] = await sink.waitForMails(1)
  expect(mail).toMatchObject({ sender: '', recipients: ['anna@kommun.example'] })
  expect(mail!.bytes.toString()).toContain('Final-Recipient: rfc822; bertil@kommun.example')
  expect(mail!.bytes.toString()).toContain('Delivery was stopped by whoever runs the mail server.')
  const entries = await auditEntries(kuvert.deps.db)
  expect(entries.filter(({ action }) => action === 'copy-dropped')).toMatchObject([
    { actor: `admin:${userInfo().username}`, details: { recipient: 'bertil@kommun.example', silent: false } },
  ])
  expect((await query('select state from deliveries order by state')).rows.map(row => row.state)).toEqual([
    'bounced',
    'queued',
  ])
}, 40_000)

test('what is dropped in silence is told to nobody; a notice is forgotten', async () => {
  const ids = await putOff()
  const notice = '00000000-0000-0000-0000-000000000001'
  await query(`insert into notices (id, sender, recipient, kind, mail, link_key_id, next_attempt_at) values
    ('${notice}', '', 'anna@kommun.example', 'mail', 'x', 'k', now() + interval '1 day')`)
  expect(await queue('drop', ...ids, notice, '--silent')).toMatchObject({ code: 0, stdout: '3 dropped.\n' })
  expect((await query('select 1 from deliveries where to_report is not null')).rows).toEqual([])
  expect((await query(`select state, mail as id from notices`)).rows).toEqual([{ state: 'dropped', id: null }])
  expect((await queue()).stdout).toBe('The queue is empty.\n')
})

test('with an id that is unknown or unclear nothing is done, and what is being sent is left alone', async () => {
  const ids = await putOff()
  const twin = `${ids[0]!.slice(0, 8)}-0000-0000-0000-000000000000`
  await query(
    `insert into deliveries (id, link_id, next_attempt_at) select '${twin}', link_id, now() + interval '1 hour' from deliveries limit 1`,
  )
  const unclear = await queue('drop', ids[1]!, ids[0]!.slice(0, 8))
  expect(unclear.code).toBe(1)
  expect(unclear.stderr).toContain(`More than one id begins with ${ids[0]!.slice(0, 8)}; write more of it.`)
  const unknown = await queue('retry', ids[1]!, 'ffff0000ffff')
  expect(unknown.code).toBe(1)
  expect(unknown.stderr).toContain('There is nothing in the queue with the id ffff0000ffff.')
  expect((await query(`select 1 from deliveries where state = 'queued'`)).rows).toHaveLength(3)
  await query(`update deliveries set lease = id, leased_until = now() + interval '1 minute' where id = '${ids[1]}'`)
  const busy = await queue('drop', ids[1]!)
  expect(busy).toMatchObject({ code: 1, stdout: expect.stringContaining('0 dropped.') })
  expect(busy.stderr).toContain(`${ids[1]} is being sent at this moment`)
})

test.each<[string[], string[], string]>([
  [['flush'], [], 'kuvert queue can list, retry or drop, not "flush".'],
  [['retry'], [], 'kuvert queue retry needs either ids or --all.'],
  [['retry', 'abcd1234'], ['all'], 'kuvert queue retry needs either ids or --all.'],
  [['drop'], [], 'kuvert queue drop needs the ids of what is to be dropped.'],
  [['drop', 'abcd1234'], ['all'], '--all is for kuvert queue retry.'],
  [[], ['silent'], '--silent is for kuvert queue drop.'],
  [['retry', 'abcd1234'], ['json'], '--json is for kuvert queue list.'],
  [['drop', 'bertil'], [], '"bertil" is no id as kuvert queue shows them'],
  [['drop', 'abc'], [], '"abc" is no id as kuvert queue shows them'],
])('queue %j with %j is refused with a sentence', (words, flags, sentence) => {
  expect(() => parseQueue(words, new Set(flags))).toThrow(sentence)
})

test('a hostile reply or a long address breaks neither the table nor the terminal', () => {
  const now = new Date()
  const entry: QueueEntry = {
    kind: 'copy',
    id: '12345678-0000-0000-0000-000000000000',
    messageId: '87654321-0000-0000-0000-000000000000',
    sender: 'anna@example.org',
    recipient: `${'long'.repeat(60)}@example.org`,
    attempts: 12345,
    createdAt: new Date(now.getTime() - 5 * 86_400_000),
    nextAttemptAt: new Date(now.getTime() - 1000),
    beingSent: false,
    lastReply: `451 \u001b[2J\r\n${'word '.repeat(40)}${'x'.repeat(500)}`,
  }
  for (const columns of [20, 60, 80, 200]) {
    const lines = [queueHead(columns), ...queueLines(entry, columns, now)]
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(Math.max(60, columns))
    expect(lines.join('')).not.toMatch(/[\x00-\x1f]/)
  }
  expect(queueLines(entry, 80, now)[0]).toMatch(/^12345678 {2}87654321 {2}5 d +12345 {2}now +longlong.*…$/)
  expect(queueLines({ ...entry, beingSent: true }, 80, now)[0]).toContain('running')
})
