import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { roles as all, type Role } from '#model.ts'
import { loadSettings } from '#settings/load-settings.ts'
import { SettingsError } from '#settings/mistake.ts'

const key = Buffer.alloc(32, 'key').toString('base64')
const database = { kind: 'postgres', url: 'postgresql://kuvert@db.example.org/kuvert' }
const objects = { kind: 's3', endpoint: 'https://s3.example.org', bucket: 'kuvert', accessKey: 'a', secretKey: 'b' }
const keys = { master: [{ id: 'one', secret: key }], link: [{ id: 'one', secret: key }] }
const nextHop = { kind: 'smtp', host: 'mail.example.org' }
const trustedNetworks = ['192.0.2.0/24']

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'kuvert-service-'))))
afterEach(() => rm(folder, { recursive: true, force: true }))

/** The settings that are not enough for these roles, with what is said of them. */
async function missing(config: Record<string, unknown>, roles: readonly Role[] = all): Promise<Record<string, string>> {
  const file = join(folder, 'kuvert.yaml')
  await writeFile(file, stringify({ dataFolder: folder, ...config }))
  try {
    await loadSettings(file, roles)
    return {}
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    return Object.fromEntries(error.mistakes.map(({ path, sentence }) => [path, sentence]))
  }
}

test.each([{ database }, { objects }])(
  'with %j alone, all that would lose mail or files is named at once',
  async server => {
    const found = await missing(server)
    expect(Object.keys(found).toSorted()).toEqual([
      'directory',
      'gateway.trustedNetworks',
      'keys.link',
      'keys.master',
      'nextHop',
    ])
    expect(found['keys.master']).toContain('kuvert make-keys')
    expect(found['nextHop']).toContain('all mail would end in a folder')
  },
)

test('a complete configuration is enough, with people in the data folder or a directory', async () => {
  const complete = { database, objects, keys, nextHop, gateway: { trustedNetworks } }
  expect(Object.keys(await missing(complete))).toEqual(['directory'])
  await writeFile(join(folder, 'people.yaml'), 'people: []')
  expect(await missing(complete)).toEqual({})
})

test('a Maildir that is named is no next hop of a service, and a login needs a listener with TLS', async () => {
  await writeFile(join(folder, 'people.yaml'), 'people: []')
  const found = await missing({ database, keys, nextHop: { kind: 'maildir', path: join(folder, 'mail') } })
  expect(Object.keys(found).toSorted()).toEqual(['gateway.trustedNetworks', 'nextHop'])
})

test('each role needs what it works with', async () => {
  expect(Object.keys(await missing({ database, keys }, ['upkeep']))).toEqual([])
  expect(Object.keys(await missing({ database, keys }, ['courier']))).toEqual(['nextHop'])
  expect(Object.keys(await missing({ database, keys }, ['portal']))).toEqual(['directory'])
})

test('to try things out, nothing is needed; nor for commands that only use the database', async () => {
  expect(await missing({})).toEqual({})
  const file = join(folder, 'migrate.yaml')
  await writeFile(file, stringify({ database }))
  await expect(loadSettings(file)).resolves.toMatchObject({ database })
})

test('what is itself wrong is not said to be missing', async () => {
  const found = await missing({ database, nextHop: { kind: 'smpt' }, keys, gateway: { trustedNetworks } }, ['courier'])
  expect(Object.keys(found)).toEqual(['nextHop.kind'])
})
