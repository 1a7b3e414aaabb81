import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { roles } from '#model.ts'
import { loadSettings } from '#settings/load-settings.ts'

const deployed = new URL('../../deploy/', import.meta.url)
const key = Buffer.alloc(32, 'key').toString('base64')
let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'kuvert-deployed-'))))
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

const read = (name: string) => readFile(new URL(name, deployed), 'utf8')

/** The configuration for containers, as the page has it. */
async function containerConfiguration(): Promise<string> {
  const page = await read('README.md')
  const block = [...page.matchAll(/(?:^ {4}.*\n)+/gm)]
    .map(([text]) => text)
    .find(text => /^ {4}organisation:/.test(text))
  return block!.replaceAll(/^ {4}/gm, '')
}

test('the configuration for containers is complete, with the environment that compose gives', async () => {
  const text = await containerConfiguration()
  const compose = parse(await read('compose.yaml')) as { services: { kuvert: { environment: Record<string, string> } } }
  const given = Object.keys(compose.services.kuvert.environment)
  const wanted = [...text.matchAll(/\{ env: (\w+) \}/g)].map(match => match[1]!)
  expect(given.toSorted()).toEqual(wanted.toSorted())
  for (const name of wanted) vi.stubEnv(name, name.endsWith('_KEY') ? key : 'postgresql://kuvert@postgres/kuvert')
  const file = join(folder, 'kuvert.yaml')
  await writeFile(file, text)
  const settings = await loadSettings(file, roles)
  expect(settings.timeZone).toBe('Europe/Stockholm')
  expect(settings.portal).toMatchObject({ address: '0.0.0.0', port: 8080 })
  expect(settings.gateway.listeners).toMatchObject([{ address: '0.0.0.0', port: 2525 }])
})

test('the image asks whether Kuvert is ready, and holds nothing but what the build copies', async () => {
  const dockerfile = await read('Dockerfile')
  expect(/HEALTHCHECK [^]*?CMD (.*)/.exec(dockerfile)![1]).toContain('http://127.0.0.1:8080/readyz')
  const copied = [...dockerfile.matchAll(/^COPY (.+) \S+$/gm)].flatMap(match => match[1]!.split(' '))
  const ignored = await readFile(new URL('../.dockerignore', deployed), 'utf8')
  const letIn = ignored.split('\n').flatMap(line => (line.startsWith('!') ? [line.slice(1)] : []))
  expect(ignored).toMatch(/^\*$/m)
  expect(letIn.toSorted()).toEqual(copied.toSorted())
})

test('each file that the settings of Postfix name is there', async () => {
  const main = await read('postfix/main.cf')
  const named = [...main.matchAll(/^[^#]*\$config_directory\/([\w.-]+)/gm)].map(match => match[1]!)
  expect(named).toEqual(['refused_recipients'])
  for (const name of named) expect(await read(`postfix/${name}`)).toMatch(/^#/)
})
