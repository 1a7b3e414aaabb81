import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'kuvert-printed-log-'))))
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Starts a Kuvert in the process of the tests, and one as a process of its own; both log something. */
const kuverts = `
import { startTestKuvert } from ${JSON.stringify(join(root, 'test/support/kuvert.ts'))}
import { startKuvertProcess } from ${JSON.stringify(join(root, 'test/support/kuvert-process.ts'))}
async function useBoth() {
  const kuvert = await startTestKuvert({}, ['gateway'])
  kuvert.deps.log.debug('said by a Kuvert in this process')
  const database = { kind: 'postgres', url: kuvert.databaseUrl }
  const process = await startKuvertProcess({ database }, { args: ['--roles', 'portal'] })
  await process.stop()
  await kuvert.close()
}
`

/** Runs a vitest of its own over this file, and returns everything that it printed. */
async function run(tests: string): Promise<string> {
  await writeFile(join(folder, 'a.test.ts'), kuverts + tests)
  const config = {
    globals: true,
    setupFiles: [join(root, 'test/support/print-log.ts')],
    provide: { postgresUrl: inject('postgresUrl') },
    testTimeout: 60_000,
  }
  await writeFile(join(folder, 'vitest.config.mjs'), `export default ${JSON.stringify({ test: config })}`)
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  return new Promise(resolve => {
    const options = { cwd: folder, env: { ...process.env, NO_COLOR: '1' } }
    execFile(process.execPath, [vitest, 'run'], options, (_, stdout, stderr) => resolve(stdout + stderr))
  })
}

test('a test that fails prints what its Kuverts have logged, and one that passes does not', async () => {
  const printed = await run(`
    test('passes', useBoth)
    test('fails', async () => {
      await useBoth()
      expect('the reason').toBe('another')
    })
  `)
  expect(printed).toContain('Log of Kuvert in "fails"')
  expect(printed).not.toContain('Log of Kuvert in "passes"')
  expect(printed.match(/said by a Kuvert in this process/g)).toHaveLength(1)
  expect(printed.match(/"msg":"Kuvert is running"/g)).toHaveLength(1)
})

test('so does a hook that fails', async () => {
  const printed = await run(`
    describe('with a hook', () => {
      beforeAll(async () => {
        await useBoth()
        throw new Error('the reason')
      })
      test('never runs', () => undefined)
    })
  `)
  expect(printed).toMatch(/Log of Kuvert in "a\.test\.ts":\n.*said by a Kuvert in this process/)
})
