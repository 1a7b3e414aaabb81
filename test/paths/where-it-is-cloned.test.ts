import { execFile, spawnSync } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const run = promisify(execFile)
const project = fileURLToPath(new URL('../../', import.meta.url))
const isRoot = process.getuid?.() === 0
/** A user that every Linux has (initdb looks up its name), and who owns nothing. */
const ordinary = 1

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kuvert-cloned-'))
  await chmod(folder, 0o755)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A clone with everything installed that is not for developers only. Its files are links to this checkout's. */
async function clone(to: string): Promise<string> {
  await mkdir(to, { recursive: true })
  const list = await readFile(join(project, 'node_modules', '.package-lock.json'), 'utf8')
  const { packages } = JSON.parse(list) as { packages: Record<string, { dev?: boolean }> }
  const installed = Object.entries(packages).flatMap(([path, { dev }]) => (dev ? [] : [path]))
  const outermost = installed.filter(path => path.lastIndexOf('node_modules/') === 0)
  const files = ['package.json', 'package-lock.json', 'src', 'node_modules/.package-lock.json', ...outermost]
  const options = { cwd: project }
  // Another file system has no links to this one.
  await run('cp', ['-al', '--parents', ...files, to], options).catch(() =>
    run('cp', ['-a', '--parents', ...files, to], options),
  )
  return to
}

/** Runs Node in a folder, as the ordinary user if one is asked for and we are root. */
function node(cwd: string, args: string[], { asOrdinary = false } = {}) {
  const user = ['setpriv', `--reuid=${ordinary}`, `--regid=${ordinary}`, '--clear-groups']
  const [program, ...rest] = [...(asOrdinary && isRoot ? user : []), process.execPath, ...args]
  const { status, stdout, stderr } = spawnSync(program!, rest, { cwd, encoding: 'utf8' })
  return { status, output: `${stdout}${stderr}` }
}

/** Starts and stops the embedded PostgreSQL of a clone, with its data below the clone, as `kuvert demo` has it. */
const startDatabase = [
  '--input-type=module',
  '--eval',
  `const { startEmbeddedPostgres } = await import(process.cwd() + '/src/database/embedded-postgres.ts')
   const server = await startEmbeddedPostgres({ folder: 'data' })
   await server.stop()
   console.log('It ran.')`,
]

describe.skipIf(process.platform !== 'linux')('Kuvert runs from a clone', () => {
  test.skipIf(!isRoot)('of root, in a folder that nobody else may enter', async () => {
    const closed = join(folder, 'closed')
    const cloned = await clone(join(closed, 'kuvert'))
    await chmod(closed, 0o700)
    expect(node(cloned, startDatabase)).toEqual({ status: 0, output: 'It ran.\n' })
  })

  test.skipIf(!isRoot)('and if a machine does not allow that, one sentence says what helps', async () => {
    const closed = join(folder, 'closed-and-forbidden')
    const cloned = await clone(join(closed, 'kuvert'))
    await chmod(closed, 0o700)
    // As in a container whose root may not hand a right on.
    const forbidding = ['setpriv', '--bounding-set=-setpcap,-dac_read_search', process.execPath]
    const { status, stderr } = spawnSync(forbidding[0]!, [...forbidding.slice(1), ...startDatabase], {
      cwd: cloned,
      encoding: 'utf8',
    })
    expect(status).toBe(1)
    expect(stderr).toContain(
      `As root, Kuvert runs PostgreSQL as the user nobody, who cannot enter ${closed}: start Kuvert as an ordinary user, or move it`,
    )
  })

  test('of an ordinary user, in a path with blanks and letters beyond ASCII', async () => {
    const cloned = await clone(join(folder, 'på en väg', 'kuvert å 1'))
    if (isRoot) await chown(cloned, ordinary, ordinary)
    const demo = ['src/launch/kuvert.mjs', 'demo', '--check']
    expect(node(cloned, ['src/launch/install.mjs'], { asOrdinary: true })).toEqual({ status: 0, output: '' })
    const { status, output } = node(cloned, demo, { asOrdinary: true })
    expect(output).toMatch(/All \d+ checks passed\.\n$/)
    expect(status).toBe(0)
  })
})
