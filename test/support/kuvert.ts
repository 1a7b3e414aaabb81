import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { z } from 'zod'
import { openDependencies, type Dependencies } from '#dependencies.ts'
import { roles, type Role } from '#model.ts'
import { startRoles } from '#roles.ts'
import { settingsSchema } from '#settings/schema.ts'
import { freePort } from '#platform/free-port.ts'
import { freshDatabase } from './fresh-database.ts'
import { keepLine } from './kept-log.ts'
import { testSettings } from './kuvert-settings.ts'
import { staff, writePeople } from './people.ts'

type Input = z.input<typeof settingsSchema>

/** A whole Kuvert of its own: fresh database, temporary folder, free ports, three locals, two shared mailboxes, this machine trusted. */
export interface TestKuvert {
  deps: Dependencies
  folder: string
  smtpPort: number
  /** Of every SMTP listener, in the order of the settings. */
  ports: number[]
  portalUrl: string
  databaseUrl: string
  /** Every log line, parsed. */
  logged: Record<string, unknown>[]
  close(): Promise<void>
}

const people = [staff('anna', 'anna@kommun.example', 'a.akesson@kommun.example'), staff('bertil'), staff('cecilia')]

const mailboxes = [
  { address: 'registrator@kommun.example', members: ['anna'] },
  { address: 'alla@kommun.example', members: ['anna', 'bertil', 'registrator@kommun.example'] },
]

/** Starts Kuvert with `overrides` over the embedded defaults. The next hop is a Maildir unless they say otherwise. */
export async function startTestKuvert(overrides: Input = {}, wanted: readonly Role[] = roles): Promise<TestKuvert> {
  const folder = await mkdtemp(join(tmpdir(), 'kuvert-test-'))
  const database = await freshDatabase()
  await writePeople(join(folder, 'people.yaml'), people, mailboxes)
  const sections = {
    organisation: 'Provkommun',
    database: { kind: 'postgres', url: database.url, timeoutSeconds: 5 },
    ...overrides,
    gateway: { hostname: 'kuvert.test', ...overrides.gateway },
  }
  const settings = settingsSchema.parse(testSettings(folder, { smtp: 0, http: await freePort() }, sections))
  const logged: Record<string, unknown>[] = []
  const write = (line: string) => {
    keepLine(line)
    logged.push(JSON.parse(line) as Record<string, unknown>)
  }
  const log = pino({ level: 'debug' }, { write })
  const deps = await openDependencies(settings, log)
  const running = await startRoles(deps, wanted)
  return {
    deps,
    folder,
    smtpPort: running.addresses.smtp[0] ?? 0,
    ports: running.addresses.smtp,
    portalUrl: settings.portal.url,
    databaseUrl: database.url,
    logged,
    close: async () => {
      await running.close()
      await deps.close()
      await database.drop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
