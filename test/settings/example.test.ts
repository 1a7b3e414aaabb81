import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { exampleYaml } from '#settings/example.ts'
import { loadSettings } from '#settings/load-settings.ts'
import { fieldsOf, settingsTree, type SettingNode } from '#settings/walk-schema.ts'
import { makeCertificates } from '../support/certificates.ts'

const kinds = ['maildir', 'smtp', 'embedded', 'postgres', 'folder', 's3', 'file', 'ldap', 'activeDirectory']
let folder: string

/** The files and environment variables that the example names. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kuvert-example-'))
  const files = await makeCertificates(folder, ['mail.example.org'])
  await writeFile(join(folder, 'certificate.key'), await readFile(files.key))
  for (const name of ['master-2026.key', 'link-2026.key']) {
    await writeFile(join(folder, name), Buffer.alloc(32, name).toString('base64'))
  }
  for (const name of ['next-hop.password', 'directory.password', 'people.yaml', 'logo.svg'])
    await writeFile(join(folder, name), 'text')
  for (const name of ['DATABASE_URL', 'S3_ACCESS_KEY', 'S3_SECRET_KEY']) vi.stubEnv(name, 'text')
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

async function load(yaml: string) {
  const file = join(folder, 'kuvert.yaml')
  await writeFile(file, yaml.replaceAll('/etc/kuvert', folder).replaceAll('/var/lib/kuvert', folder))
  return loadSettings(file)
}

/** The example with the # before each setting removed, of alternatives only the chosen kind. */
function uncommented(chosen: string[]): string {
  const blocks = exampleYaml().split(/\n\n+/)
  const left = blocks.filter(block => {
    const kind = /^#  kind: (\w+)$/m.exec(block)?.[1]
    return kind === undefined || chosen.includes(kind)
  })
  return left
    .join('\n\n')
    .replace(/^( *)#(?! |$)/gm, '$1')
    .replace(/^#(?=  )/gm, '')
    .replace(/^( +)#(?=  )/gm, '$1')
}

test('the example in config/ is what the schema makes now: npm run example', async () => {
  expect(await readFile(new URL('../../config/kuvert.example.yaml', import.meta.url), 'utf8')).toBe(exampleYaml())
})

test('the example as it is sets nothing', async () => {
  expect(await load(exampleYaml())).toEqual(await loadSettings(undefined))
})

test.each([
  { name: 'embedded', chosen: ['maildir', 'embedded', 'folder', 'file'] },
  { name: 'outside', chosen: ['smtp', 'postgres', 's3', 'ldap'] },
  { name: 'Windows', chosen: ['smtp', 'postgres', 's3', 'activeDirectory'] },
])('the example with everything uncommented is right, with $name parts', async ({ chosen }) => {
  const settings = await load(uncommented(chosen))
  const { nextHop, database, objects, directory } = settings
  expect([nextHop, database, objects, directory].map(({ kind }) => kind)).toEqual(chosen)
  expect(settings.gateway.trustedNetworks, 'lists were uncommented').not.toEqual([])
  expect(settings.classify.rules[1]?.largerThan, 'and what is nested in them').toBe(20 * 1024 ** 2)
  expect(settings.keys.link.map(({ secret }) => secret.length)).toEqual([44])
})

test('each setting is described and shown in the example', () => {
  const example = exampleYaml()
  for (const [path, node] of allSettings(settingsTree(), '')) {
    const name = path.split('.').at(-1)!
    expect(node.description, `${path} has a description`).not.toBe('')
    expect(example, `${path} is shown`).toMatch(new RegExp(`^[ #-]*${name}: ?`, 'm'))
  }
  expect(kinds.filter(kind => !example.includes(`kind: ${kind}`))).toEqual([])
})

test('the example fits 100 columns', () => {
  expect(
    exampleYaml()
      .split('\n')
      .filter(line => line.length > 100),
  ).toEqual([])
})

/** All settings below a node that are in the configuration by their own name. */
function allSettings({ shape }: SettingNode, path: string): [string, SettingNode][] {
  const inside = shape.is === 'list' ? fieldsOf(shape.item.shape) : fieldsOf(shape)
  return inside.flatMap(([name, node]): [string, SettingNode][] => {
    const here = `${path}${path && '.'}${name}`
    return [[here, node], ...allSettings(node, here)]
  })
}
