import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { freePort } from '#platform/free-port.ts'
import { freshDatabase } from '../support/fresh-database.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const secret = () => randomBytes(32).toString('base64')
const keys = { master: [{ id: 'one', secret: secret() }], link: [{ id: 'one', secret: secret() }] }
let folder: string
let database: Awaited<ReturnType<typeof freshDatabase>>
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kuvert-cannot-start-'))
  database = await freshDatabase()
  await writeFile(join(folder, 'people.yaml'), stringify({ people: [] }))
})
afterEach(async () => {
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

/** Runs a command with a complete configuration and these settings in it. */
async function kuvert(command: string, settings: Record<string, unknown>) {
  const complete = {
    dataFolder: folder,
    keys,
    database: { kind: 'postgres', url: database.url },
    nextHop: { kind: 'smtp', host: '127.0.0.1', port: 9 },
    gateway: { listeners: [{ address: '127.0.0.1', port: await freePort() }], trustedNetworks: ['127.0.0.1/32'] },
    portal: { port: await freePort() },
  }
  await writeFile(join(folder, 'kuvert.yaml'), stringify({ ...complete, ...settings }))
  const child = execFile(process.execPath, [main, command, '--config', 'kuvert.yaml'], { cwd: folder })
  const output = { stdout: '', stderr: '' }
  child.stdout?.on('data', (text: string) => (output.stdout += text))
  child.stderr?.on('data', (text: string) => (output.stderr += text))
  const [code] = (await once(child, 'close')) as [number]
  return { code, ...output }
}

/** What `kuvert serve` logs last; every line that it writes is JSON. */
async function lastWordOfServe(settings: Record<string, unknown>) {
  const { code, stdout, stderr } = await kuvert('serve', settings)
  const lines = stderr
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as { level: number; msg: string; err?: unknown })
  expect(lines[0]).toMatchObject({ msg: 'Kuvert is starting', configuration: 'kuvert.yaml' })
  return { code, stdout, last: lines.at(-1)! }
}

function as(changes: Partial<Record<'username' | 'password' | 'pathname' | 'port', string>>): { database: unknown } {
  return { database: { kind: 'postgres', url: Object.assign(new URL(database.url), changes).href, timeoutSeconds: 5 } }
}

test.each([
  [
    'the password is wrong',
    { password: 'wrong' },
    /^The database refuses: password authentication failed for user ".*"\.$/,
  ],
  ['the database is missing', { pathname: '/none' }, /^The database refuses: database "none" does not exist\.$/],
  ['the database is away', { port: '1' }, /^The database cannot be used: connect ECONNREFUSED 127\.0\.0\.1:1\.$/],
] as const)('kuvert migrate says in one sentence that %s', async (_, changes, sentence) => {
  const { code, stdout, stderr } = await kuvert('migrate', as(changes))
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr.trimEnd().split('\n')).toEqual(['Configuration: kuvert.yaml', expect.stringMatching(sentence)])
})

test('kuvert serve says in one sentence, in its log, that it may not use the database', async () => {
  const { code, stdout, last } = await lastWordOfServe(as({ password: 'wrong' }))
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(last).toMatchObject({ level: 60, msg: expect.stringMatching(/^The database refuses: .*\.$/) as string })
  expect(last).not.toHaveProperty('err')
})

test('kuvert serve says in one sentence, in its log, that a port is in use', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const trustedNetworks = ['127.0.0.1/32']
  const gateway = { listeners: [{ address: '127.0.0.1', port }], trustedNetworks }
  for (const settings of [{ gateway }, { portal: { port } }]) {
    const { code, last } = await lastWordOfServe(settings)
    expect(code).toBe(1)
    expect(last).toMatchObject({ level: 60, msg: `Port ${port} of 127.0.0.1 is in use by another program.` })
    expect(last).not.toHaveProperty('err')
  }
  taken.close()
})

test('a command on a database without tables says what to run', async () => {
  await database.db.query('drop schema public cascade')
  await database.db.query('create schema public')
  const { code, stderr } = await kuvert('queue', {})
  expect(code).toBe(1)
  expect(stderr).toBe('Configuration: kuvert.yaml\nThe database has no tables of Kuvert yet: run "kuvert migrate".\n')
})
