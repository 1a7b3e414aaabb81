import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { loadSettings } from '#settings/load-settings.ts'
import { mistakeLine, SettingsError } from '#settings/mistake.ts'
import { redactSettings } from '#settings/redact.ts'
import { makeCertificates } from '../support/certificates.ts'

const bad = fileURLToPath(new URL('bad/', import.meta.url))
const cases = (await readdir(bad)).filter(name => name.endsWith('.yaml')).map(name => name.replace('.yaml', ''))
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kuvert-settings-'))
  await Promise.all(['one', 'other'].map(name => makeCertificates(join(folder, name), ['mail.example.org'])))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Writes a configuration and loads it; `{tmp}` stands for the folder with the certificates. */
async function load(yaml: string) {
  const file = join(folder, 'kuvert.yaml')
  await writeFile(file, yaml.replaceAll('{tmp}', folder))
  return loadSettings(file)
}

async function mistakesOf(yaml: string): Promise<SettingsError> {
  return load(yaml).then(
    () => expect.unreachable('the configuration was taken for right'),
    (error: unknown) => {
      if (error instanceof SettingsError) return error
      throw error
    },
  )
}

test.each(cases)('a wrong configuration is explained: %s', async name => {
  const error = await mistakesOf(await readFile(join(bad, `${name}.yaml`), 'utf8'))
  const lines = error.mistakes.map(mistake => `${mistakeLine(mistake)}\n`.replaceAll(folder, '{tmp}'))
  await expect(lines.join('')).toMatchFileSnapshot(join(bad, `${name}.expected`))
  expect(error.message).not.toContain('hunter2')
})

test('there are expected sentences for each wrong configuration, and no others', async () => {
  const expected = (await readdir(bad)).filter(name => name.endsWith('.expected'))
  expect(expected.map(name => name.replace('.expected', '')).toSorted()).toEqual(cases.toSorted())
})

test('a file that is not there is said to be so', async () => {
  await expect(loadSettings(join(folder, 'none.yaml'))).rejects.toThrow(
    /none\.yaml: one mistake\n.*there is no such file/,
  )
})

test('without a file, the defaults count and are right', async () => {
  const settings = await loadSettings(undefined)
  expect(settings.gateway.listeners).toEqual([{ address: '127.0.0.1', port: 2525, tls: 'starttls', proxyFrom: [] }])
  expect(settings.nextHop).toEqual({ kind: 'maildir' })
})

test('a group with nothing but comments in it sets nothing', async () => {
  const settings = await load('gateway:\n  # hostname: x\n  limits:\n    # connections: 1\nnextHop:\nlog:\n')
  expect(settings).toEqual(await loadSettings(undefined))
})

test('an empty value that is no group is a mistake', async () => {
  const { mistakes } = await mistakesOf('gateway:\n  hostname:\n')
  expect(mistakes).toEqual([expect.objectContaining({ path: 'gateway.hostname', line: 2 })])
})

test('secrets are read from the environment and from files, and never shown', async () => {
  vi.stubEnv('KUVERT_TEST_SECRET', 'from-the-environment')
  await writeFile(join(folder, 'secret'), 'from-a-file\n')
  const settings = await load(`
nextHop: { kind: smtp, host: mail.example.org, tls: verified, user: kuvert, password: { file: '{tmp}/secret' } }
database: { kind: postgres, url: { env: KUVERT_TEST_SECRET } }
objects: { kind: s3, endpoint: https://user:hunter2@s3.example.org, bucket: kuvert, accessKey: written-out, secretKey: written-out }
`)
  vi.unstubAllEnvs()
  expect(settings.nextHop).toMatchObject({ password: 'from-a-file' })
  expect(settings.database).toMatchObject({ url: 'from-the-environment' })
  const shown = redactSettings(settings)
  expect(shown).toMatchObject({ nextHop: { host: 'mail.example.org', user: 'kuvert', password: '(hidden)' } })
  expect(JSON.stringify(shown)).not.toMatch(/from-|written-out|hunter2/)
})

test('sizes may have units', async () => {
  const { gateway } = await load('gateway: { limits: { mailBytes: 1.5 GiB } }')
  expect(gateway.limits.mailBytes).toBe(1.5 * 1024 ** 3)
})
