import type { TestProject } from 'vitest/node'
import { missingServers } from './servers.ts'
import { startTestPostgres } from './postgres-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string
  }
}

/** Vitest loads this module for each project anew. */
const shared = globalThis as { kuvertPostgres?: { server: ReturnType<typeof startTestPostgres>; users: number } }

/** Starts what the test files of all projects share: one PostgreSQL with a migrated template database. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const missing = missingServers()
  if (process.env['KUVERT_TEST_REQUIRE'] === 'all' && missing.length > 0) {
    throw new Error(
      `KUVERT_TEST_REQUIRE=all, but this machine does not have: ${missing.join(', ')}. Run: node test/install.mjs`,
    )
  }
  const postgres = (shared.kuvertPostgres ??= { server: startTestPostgres(), users: 0 })
  postgres.users += 1
  const { url, stop } = await postgres.server
  project.provide('postgresUrl', url)
  return async () => {
    postgres.users -= 1
    if (postgres.users === 0) await stop()
  }
}
