import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/fixed-seed.ts'],
    // Ours first, so that vitest's own summary ends the run.
    reporters: ['./test/support/skipped-reporter.ts', 'default'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Real servers run beside the tests.
    maxWorkers: 2,
  },
})
