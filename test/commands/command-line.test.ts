import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { verifyPassword } from '#crypto/password.ts'
import { commandHelp, generalHelp } from '#commands/help.ts'
import { parseCommandLine, parseRoles } from '#commands/parse-command-line.ts'
import { commands, type CommandName } from '#commands/usage.ts'
import { machineTimeZone } from '#platform/time-zone.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const source = fileURLToPath(new URL('../../src/', import.meta.url))
const names = Object.keys(commands) as CommandName[]
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kuvert-command-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Runs the command line in a folder of its own, without a configuration. */
async function kuvert(args: string[], input = '') {
  const child = execFile(process.execPath, [main, ...args], { cwd: folder })
  const output = { stdout: '', stderr: '' }
  child.stdout?.on('data', (text: string) => (output.stdout += text))
  child.stderr?.on('data', (text: string) => (output.stderr += text))
  child.stdin?.end(input)
  const [code] = (await once(child, 'close')) as [number]
  return { code, ...output }
}

test.each([
  [['serv'], 'There is no command "serv". Did you mean serve?'],
  [['xyzzy'], 'There is no command "xyzzy". See kuvert --help.'],
  [['--config', 'x'], 'A command comes first, then its options: kuvert COMMAND --config'],
  [['serve', '--conifg', 'x'], 'kuvert serve has no option --conifg. Did you mean --config?'],
  [['serve', '--config'], 'The option --config needs a value: --config FILE'],
  [['serve', '--config', '--roles'], 'The option --config needs a value: --config FILE'],
  [['serve', '--config', 'a', '--config', 'b'], 'The option --config can be given once.'],
  [['serve', 'now'], 'kuvert serve does not know what to do with "now".'],
  [['demo', '--check=yes'], 'The option --check takes no value.'],
  [['explain'], 'kuvert explain needs FILE.eml.'],
  [['help', 'dmeo'], 'There is no command "dmeo". Did you mean demo?'],
])('%j is refused with a sentence', (args, sentence) => {
  expect(() => parseCommandLine(args)).toThrow(sentence)
})

test('options and arguments may stand in any order', () => {
  const request = parseCommandLine(['explain', '--to', 'a@example.org', 'mail.eml', '--to=-b@example.org'])
  expect(request).toMatchObject({ positionals: ['mail.eml'], texts: { to: ['a@example.org', '-b@example.org'] } })
})

test('roles are all, or those that are named', () => {
  expect(parseRoles(undefined)).toEqual(['gateway', 'courier', 'portal', 'upkeep'])
  expect(parseRoles('portal, gateway,portal')).toEqual(['portal', 'gateway'])
  expect(() => parseRoles('gatway')).toThrow('There is no role "gatway". Did you mean gateway?')
})

test('the help pages fit a terminal of 80 columns', () => {
  const pages = [generalHelp(), ...names.map(commandHelp)]
  expect(pages.flatMap(page => page.split('\n')).filter(line => line.length > 80)).toEqual([])
  for (const name of names) expect(generalHelp()).toContain(`  ${name} `)
})

test('a wrong command line exits with 2, on standard error', async () => {
  expect(await kuvert(['serv'])).toEqual({
    code: 2,
    stdout: '',
    stderr: 'There is no command "serv". Did you mean serve?\n',
  })
})

test('help and version exit with 0, on standard output', async () => {
  expect(await kuvert(['help', 'serve'])).toEqual({ code: 0, stdout: commandHelp('serve'), stderr: '' })
  expect(await kuvert(['--version'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
})

test('check-config shows what counts, or every mistake', async () => {
  const fine = await kuvert(['check-config'])
  expect(fine).toMatchObject({ code: 0, stderr: '' })
  expect(fine.stdout).toMatch(/^# The configuration is fine: the embedded defaults/)
  await writeFile(join(folder, 'bad.yaml'), 'organisaton: X\nlanguage: de\n')
  const bad = await kuvert(['check-config', 'bad.yaml'])
  expect(bad).toMatchObject({ code: 1, stdout: '' })
  expect(bad.stderr).toMatch(/^bad.yaml: 2 mistakes\n {2}organisaton – .*\n {2}language: "de" – .*\(line 2\)\n$/)
})

test('config/kuvert.yaml is found without being named', async () => {
  await mkdir(join(folder, 'config'))
  await writeFile(join(folder, 'config', 'kuvert.yaml'), 'organisation: Found\n')
  expect((await kuvert(['check-config'])).stdout).toContain('organisation: Found')
  await rm(join(folder, 'config'), { recursive: true })
})

test('the keys that are made are right in a configuration, and new each time', async () => {
  const { stdout } = await kuvert(['make-keys'])
  await writeFile(join(folder, 'keys.yaml'), stdout)
  expect(await kuvert(['check-config', 'keys.yaml'])).toMatchObject({ code: 0 })
  expect((await kuvert(['make-keys'])).stdout).not.toBe(stdout)
})

test('a hashed password is verified by its hash only', async () => {
  const { code, stdout } = await kuvert(['hash-password'], 'häst batteri\n')
  expect(code).toBe(0)
  expect(await verifyPassword('häst batteri', stdout.trim())).toBe(true)
  expect(await verifyPassword('häst batterj', stdout.trim())).toBe(false)
  expect(await kuvert(['hash-password'], '\n')).toMatchObject({ code: 1, stdout: '' })
})

test('migrate leaves an embedded database alone', async () => {
  expect(await kuvert(['migrate'])).toMatchObject({ code: 0, stdout: expect.stringContaining('needs no migrating') })
})

test('the kuvert program hands on arguments, signals and the exit code', async () => {
  // A checkout of its own with the real kuvert.mjs and what it needs, and a main.ts that tells what it hears.
  const checkout = join(folder, 'checkout')
  await mkdir(join(checkout, 'src', 'launch'), { recursive: true })
  await mkdir(join(checkout, 'node_modules'))
  for (const name of ['kuvert.mjs', 'installed.mjs', 'node-flags.mjs'])
    await copyFile(join(source, 'launch', name), join(checkout, 'src', 'launch', name))
  await writeFile(join(checkout, 'package-lock.json'), '{"packages":{}}')
  await writeFile(join(checkout, 'node_modules', '.package-lock.json'), '{"packages":{}}')
  await writeFile(
    join(checkout, 'src', 'main.ts'),
    `process.on('SIGTERM', () => { console.log('heard'); process.exit(7) })
     console.log(process.argv.slice(2).join('|')); setInterval(() => undefined, 1000)`,
  )
  const child = spawn(process.execPath, [join(checkout, 'src', 'launch', 'kuvert.mjs'), 'a', 'b c'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    if (output === 'a|b c\n') child.kill('SIGTERM')
  })
  expect(await once(child, 'close')).toEqual([7, null])
  expect(output).toBe('a|b c\nheard\n')
})

test('check-config shows the time zone that counts, also where it is that of the machine', async () => {
  await writeFile(join(folder, 'zone.yaml'), 'timeZone: Asia/Tokyo\n')
  expect((await kuvert(['check-config', 'zone.yaml'])).stdout).toContain('timeZone: Asia/Tokyo')
  expect((await kuvert(['check-config'])).stdout).toContain(`timeZone: ${machineTimeZone()}`)
})
