import type { TestProject } from 'vitest/node'
import { missingServers } from './servers.ts'
import { startTestPostgres } from './postgres-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string
  }
}

/** Starts what all test files share: one PostgreSQL with a migrated template database. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const missing = missingServers()
  if (process.env['KUVERT_TEST_REQUIRE'] === 'all' && missing.length > 0) {
    throw new Error(
      `KUVERT_TEST_REQUIRE=all, but this machine does not have: ${missing.join(', ')}. Run: node test/install.mjs`,
    )
  }
  const server = await startTestPostgres()
  project.provide('postgresUrl', server.url)
  return server.stop
}
