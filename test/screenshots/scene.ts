import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDependencies } from '#dependencies.ts'
import { roles } from '#model.ts'
import { startRoles } from '#roles.ts'
import { settingsSchema } from '#settings/schema.ts'
import { freePort } from '#platform/free-port.ts'
import { staff, writePeople } from '../support/people.ts'

/** A Kuvert on its embedded defaults, with people as a municipality has them. Everybody's password is `<id>-ord`. */
export interface Scene {
  portalUrl: string
  /** Where mail that was handed on lies. */
  outbox: string
  close(): Promise<void>
}

const people = [
  staff('anna', 'anna.akesson@kommun.example'),
  staff('bertil', 'bertil.ost@kommun.example'),
  { id: 'birgitta', name: 'Birgitta Berg', addresses: ['birgitta.berg@kommun.example'], password: 'birgitta-ord' },
  staff('cecilia', 'cecilia.ek@kommun.example'),
]
const mailboxes = [{ address: 'bistand@kommun.example', members: ['bertil', 'cecilia'] }]

export async function startScene(): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'kuvert-screenshots-'))
  await writePeople(join(folder, 'people.yaml'), people, mailboxes)
  const port = await freePort()
  const settings = settingsSchema.parse({
    organisation: 'Exempelkommun',
    dataFolder: folder,
    log: { level: 'warn' },
    gateway: { hostname: 'kuvert.kommun.example', listeners: [{ address: '127.0.0.1', port: 0 }] },
    portal: { url: `http://localhost:${port}`, port },
  })
  const deps = await openDependencies(settings)
  const running = await startRoles(deps, roles)
  return {
    portalUrl: settings.portal.url,
    outbox: join(folder, 'outbox'),
    close: async () => {
      await running.close()
      await deps.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
