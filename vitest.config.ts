import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { TestOrder } from './test/support/test-order.ts'
import { sortTests, type ProjectName } from './test/support/test-projects.ts'

const tests = await sortTests()

/** Tests of the project, by what their files start (test/support/test-projects.ts). */
function project(name: ProjectName, more: TestProjectInlineConfiguration['test'] = {}): TestProjectInlineConfiguration {
  return {
    test: {
      name,
      include: tests[name],
      setupFiles: ['test/support/fixed-seed.ts', 'test/support/print-log.ts'],
      testTimeout: 60_000,
      hookTimeout: 120_000,
      // Vitest gives a poll one second unless told otherwise. How long a machine takes is nothing that a test states: a poll
      // may take as long as its test, which it leaves time to say what was found instead.
      expect: { poll: { timeout: 50_000 } },
      ...more,
    },
  }
}

const withPostgres = { globalSetup: ['test/support/global-setup.ts'] }

export default defineConfig({
  test: {
    // Ours first, so that vitest's own summary ends the run.
    reporters: ['./test/support/skipped-reporter.ts', 'default'],
    // Many tests wait for a server more than they compute. With more workers, those with large uploads and browsers would be
    // short of cores; beyond eight, the servers beside them would.
    maxWorkers: Math.min(availableParallelism() + 1, 8),
    sequence: { sequencer: TestOrder },
    // Each Kuvert that is a process of its own would otherwise compile the modules again that it loads before it can keep any.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/kuvert-tests', import.meta.url)) },
    projects: [
      // They leave nothing behind that others see, so that what they import is loaded once for all files of a worker.
      project('unit', { isolate: false }),
      project('parts', withPostgres),
      project('paths', withPostgres),
      project('browser', withPostgres),
      project('crash', withPostgres),
    ],
  },
})
