import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { parseAudit } from '#commands/parse-command-line.ts'
import { record } from '#database/audit.ts'
import type { Database } from '#database/database.ts'
import { chainAll } from '../support/audit-entries.ts'
import { freshDatabase } from '../support/fresh-database.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
let folder: string
let db: Database
let drop: () => Promise<void>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kuvert-audit-'))
  const database = await freshDatabase()
  ;({ db, drop } = database)
  await writeFile(join(folder, 'kuvert.yaml'), stringify({ database: { kind: 'postgres', url: database.url } }))
})
afterAll(async () => {
  await drop()
  await rm(folder, { recursive: true, force: true })
})

async function kuvert(...args: string[]) {
  const configured = args.some(each => each.startsWith('--config')) ? args : [...args, '--config', 'kuvert.yaml']
  const child = execFile(process.execPath, [main, 'audit', ...configured], { cwd: folder })
  const output = { stdout: '', stderr: '' }
  child.stdout?.on('data', (text: string) => (output.stdout += text))
  child.stderr?.on('data', (text: string) => (output.stderr += text))
  const [code] = (await once(child, 'close')) as [number]
  return { code, ...output }
}

function headOf(stdout: string): string {
  return /^Head: +([\da-f]{64})$/m.exec(stdout)![1]!
}

test('an audit that is whole, and one that is not, are told apart by the exit code', async () => {
  const empty = await kuvert('verify')
  expect(empty).toMatchObject({ code: 0, stdout: expect.stringContaining('Entries: 0') })
  for (const id of ['anna', 'bertil', 'cecilia']) await record(db, { action: 'login', actor: `account:${id}` })
  const soon = await kuvert('verify')
  expect(soon.stdout).toMatch(/^The audit is whole\.\nNot chained yet: 3, the oldest of \S+Z\.\nEntries: 0\n/)
  await chainAll(db)
  const whole = await kuvert('verify')
  expect(whole).toMatchObject({ code: 0, stdout: expect.stringContaining('The audit is whole.') })
  const head = headOf(whole.stdout)
  expect(await kuvert('verify', '--expect', head.toUpperCase())).toMatchObject({ code: 0 })

  await db.query('alter table audit_entries disable trigger user; alter table audit_chain disable trigger user')
  await db.query('delete from audit_chain where position = 3; delete from audit_entries where id = 3')
  const cut = await kuvert('verify', '--expect', head)
  expect(cut.code).toBe(1)
  expect(cut.stdout).toContain(`There is no entry with the hash ${head}`)
  expect(await kuvert('verify')).toMatchObject({ code: 0 })
  await db.query("update audit_entries set actor = 'account:dan' where id = 1")
  const changed = await kuvert('verify')
  expect(changed.code).toBe(1)
  expect(changed.stdout).toMatch(/^Entry 1 has been changed, moved or inserted\.\nThe audit is not whole\.\n/)
})

test('a database that cannot be reached is said in one line', async () => {
  const url = 'postgresql://nobody@127.0.0.1:1/none'
  await writeFile(join(folder, 'away.yaml'), stringify({ database: { kind: 'postgres', url } }))
  const { code, stderr } = await kuvert('verify', '--config=away.yaml')
  expect(code).toBe(1)
  expect(stderr.trimEnd().split('\n').at(-1)).toMatch(/^The database cannot be used: .*ECONNREFUSED/)
})

test('the export is NDJSON on standard output, and nothing else is', async () => {
  const { code, stdout } = await kuvert('export')
  expect(code).toBe(0)
  const lines = stdout.trimEnd().split('\n')
  expect(lines.map(line => (JSON.parse(line) as { id: number }).id)).toEqual([1, 2])
  expect((await kuvert('export', '--from', '2999-01-01')).stdout).toBe('')
  expect((await kuvert('export', '--to', '2999-01-01T00:00:00+01:00')).stdout).toBe(stdout)
})

test.each<[string, Record<string, string[]>, string]>([
  ['check', {}, 'kuvert audit can verify or export, not "check".'],
  ['verify', { expect: ['abc'] }, '--expect needs a hash'],
  ['verify', { from: ['2026-01-01'] }, '--from and --to are for kuvert audit export.'],
  ['export', { expect: ['0'.repeat(64)] }, '--expect is for kuvert audit verify.'],
  ['export', { from: ['yesterday'] }, '--from needs a date or a time'],
  ['export', { to: ['2026-13-01'] }, '--to needs a date or a time'],
  ['export', { to: ['2026-01-01T12:00'] }, '--to needs a date or a time'],
])('audit %s with %j is refused with a sentence', (what, texts, sentence) => {
  expect(() => parseAudit(what, texts)).toThrow(sentence)
})
