import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { sortTests, type ProjectName } from './test/support/test-projects.ts'

const tests = await sortTests()

/** Tests of the project, by what their files start (test/support/test-projects.ts). */
function project(name: ProjectName, more: TestProjectInlineConfiguration['test'] = {}): TestProjectInlineConfiguration {
  return {
    test: {
      name,
      include: tests[name],
      setupFiles: ['test/support/fixed-seed.ts'],
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
    // Real servers run beside the tests.
    maxWorkers: 2,
    projects: [
      project('unit'),
      project('parts', withPostgres),
      project('paths', withPostgres),
      project('browser', withPostgres),
      project('crash', withPostgres),
    ],
  },
})
