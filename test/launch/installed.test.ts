import { spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const project = fileURLToPath(new URL('../../', import.meta.url))
const wanted = {
  '': { version: '0.1.0' },
  'node_modules/needed': { version: '1.2.3' },
  'node_modules/for-developers': { version: '1.0.0', dev: true },
  'node_modules/for-the-demo': { version: '1.0.0', optional: true },
}
const forDevelopers = wanted['node_modules/for-developers']
const production = { 'node_modules/needed': wanted['node_modules/needed'] }

/** A clone of its own, with the real programs that start Kuvert, a main.ts that only says its arguments, and an npm that notes its own. */
let clone: string
beforeEach(async () => {
  clone = await mkdtemp(join(tmpdir(), 'kuvert-clone-'))
  await mkdir(join(clone, 'src', 'launch'), { recursive: true })
  for (const name of ['kuvert.mjs', 'install.mjs', 'installed.mjs', 'node-flags.mjs'])
    await cp(join(project, 'src', 'launch', name), join(clone, 'src', 'launch', name))
  await cp(join(project, 'package.json'), join(clone, 'package.json'))
  await writeFile(join(clone, 'src', 'main.ts'), `console.log('main', ...process.argv.slice(2) satisfies string[])`)
  await writeFile(join(clone, 'package-lock.json'), JSON.stringify({ packages: wanted }))
  await mkdir(join(clone, 'bin'))
  await writeFile(join(clone, 'bin', 'npm'), '#!/bin/sh\necho "$@" >> npm-was-run\n', { mode: 0o755 })
})
afterEach(() => rm(clone, { recursive: true, force: true }))

async function install(packages: Record<string, unknown>): Promise<void> {
  await mkdir(join(clone, 'node_modules'), { recursive: true })
  await writeFile(join(clone, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }))
}

/** Runs Node in the clone; `npm` is what npm was told to do, if it was run. */
async function node(...args: string[]) {
  const { npm_execpath: _, ...env } = process.env
  const path = [join(clone, 'bin'), env['PATH']].join(delimiter)
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: clone,
    env: { ...env, PATH: path, CI: '1' },
    encoding: 'utf8',
  })
  const npm = await readFile(join(clone, 'npm-was-run'), 'utf8').catch(() => '')
  return { status, stdout, stderr: stderr.replaceAll(clone, '{clone}'), npm }
}

/** package.json's script, as npm start runs it, and what npm runs before it. */
async function scripts(): Promise<Record<string, string>> {
  return (JSON.parse(await readFile(join(project, 'package.json'), 'utf8')) as { scripts: Record<string, string> })
    .scripts
}

test('what was installed without packages for development and options is enough, and nobody installs anything', async () => {
  await install(production)
  expect(await node('src/launch/kuvert.mjs', 'a', 'b c')).toEqual({
    status: 0,
    stdout: 'main a b c\n',
    stderr: '',
    npm: '',
  })
  expect(await node('src/launch/install.mjs')).toEqual({ status: 0, stdout: '', stderr: '', npm: '' })
  const { status, stderr, npm } = await node('src/launch/install.mjs', 'dev')
  expect({ status, npm }).toEqual({ status: 1, npm: '' })
  expect(stderr).toBe(
    '{clone} was installed without packages for development and is left as it is, although for-developers 1.0.0 is missing. ' +
      'Stop Kuvert if it runs from there, and run "npm ci --include=dev".\n',
  )
})

test.each([
  ['it is missing', {}, 'needed 1.2.3 is missing'],
  ['it is old', { 'node_modules/needed': { version: '1.2.2' } }, 'needed is 1.2.2 instead of 1.2.3'],
  [
    'the folder was copied',
    { 'node_modules/needed': { version: '1.2.3', os: ['plan9'] } },
    'node_modules comes from another kind of machine',
  ],
])('kuvert says in one sentence what is not installed, and installs nothing: %s', async (_, packages, why) => {
  await install(packages)
  const stderr =
    `Kuvert is not completely installed in {clone}: ${why}. ` +
    'Run "npm ci --omit=dev" there; if Kuvert runs from there, stop it first.\n'
  expect(await node('src/launch/kuvert.mjs', 'serve')).toEqual({ status: 1, stdout: '', stderr, npm: '' })
  // Nor does the demo: it might be the folder of a service.
  expect(await node('src/launch/install.mjs')).toMatchObject({ status: 1, npm: '' })
})

test('npm start in a fresh clone says what to run', async () => {
  const { start, prestart } = await scripts()
  expect([start, prestart]).toEqual(['node src/launch/kuvert.mjs serve', undefined])
  const stderr =
    'Kuvert is not installed in {clone} yet: run "npm ci --omit=dev" there, or "npm run demo" to look around.\n'
  expect(await node('src/launch/kuvert.mjs', 'serve')).toEqual({ status: 1, stdout: '', stderr, npm: '' })
})

test('the demo and the tests install themselves in a fresh clone, and where a developer has an older version', async () => {
  const { predemo, pretest } = await scripts()
  expect([predemo, pretest]).toEqual(['node src/launch/install.mjs', 'node src/launch/install.mjs dev'])
  const options = '--no-audit --no-fund --loglevel=error\n'
  expect((await node('src/launch/install.mjs')).npm).toBe(`ci ${options}`)
  await install({ ...production, 'node_modules/for-developers': { ...forDevelopers, version: '0.9.0' } })
  expect((await node('src/launch/install.mjs')).npm, 'the demo does not need that one').toBe(`ci ${options}`)
  expect((await node('src/launch/install.mjs', 'dev')).npm).toBe(`ci ${options}ci --include=dev ${options}`)
})

test('a Node that is too old is told in one sentence, also by the command of the systemd unit', async () => {
  await install(production)
  const program = join(clone, 'src', 'launch', 'installed.mjs')
  const text = await readFile(program, 'utf8')
  expect(text).toContain('const leastNode = 24\n')
  await writeFile(program, text.replace('const leastNode = 24\n', 'const leastNode = 99\n'))
  const stderr = `Kuvert needs Node 99 or later, and this is Node ${process.versions.node}: install a newer one from https://nodejs.org.\n`
  expect(await node('src/launch/kuvert.mjs', 'serve')).toEqual({ status: 1, stdout: '', stderr, npm: '' })
  const unit = await readFile(join(project, 'deploy/systemd/kuvert.service'), 'utf8')
  const [, ...args] = /^ExecStart=(.*)$/m.exec(unit)![1]!.split(' ')
  const command = args.map(word => word.replace('/opt/kuvert', clone))
  expect(await node(...command)).toEqual({ status: 1, stdout: '', stderr, npm: '' })
})

test('the command of the systemd unit runs Kuvert in its own process', async () => {
  await install(production)
  await writeFile(join(clone, 'src', 'main.ts'), 'console.log(process.ppid, process.argv[2])')
  const unit = await readFile(join(project, 'deploy/systemd/kuvert.service'), 'utf8')
  const [, ...args] = /^ExecStart=(.*)$/m.exec(unit)![1]!.split(' ')
  const { stdout } = await node(...args.map(word => word.replace('/opt/kuvert', clone)))
  expect(stdout).toBe(`${process.pid} serve\n`)
})
