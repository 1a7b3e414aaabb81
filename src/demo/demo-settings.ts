import { access, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { hashPassword } from '#crypto/password.ts'
import { settingsSchema, type Settings } from '#settings/schema.ts'

/** The people of the demonstration. Their passwords are no secret: it listens on this machine only. */
export const demoPeople = [
  { id: 'anna', name: 'Anna Åkesson', addresses: ['anna@kommun.example'], password: 'anna-demo' },
  { id: 'bertil', name: 'Bertil Öst', addresses: ['bertil@kommun.example'], password: 'bertil-demo' },
] as const

export const outsider = 'utsidan@foretag.example'

/** The embedded defaults, in a folder of its own, for anybody on this machine. */
export function demoSettings(dataFolder: string, ports: { smtp: number; http: number }): Settings {
  return settingsSchema.parse({
    organisation: 'Exempelkommun',
    dataFolder,
    log: { level: 'warn' },
    gateway: {
      hostname: 'kuvert.kommun.example',
      listeners: [{ address: '127.0.0.1', port: ports.smtp }],
      trustedNetworks: ['127.0.0.1/32'],
    },
    portal: { url: `http://localhost:${ports.http}`, port: ports.http },
    // Trying everything out includes trying wrong passwords.
    upkeep: { everySeconds: 60 },
  })
}

/** Writes the people's file the first time; later, what somebody changed in it is kept. */
export async function writeDemoPeople(dataFolder: string): Promise<void> {
  const path = join(dataFolder, 'people.yaml')
  if (
    await access(path).then(
      () => true,
      () => false,
    )
  )
    return
  const people = await Promise.all(
    demoPeople.map(async person => ({ ...person, password: await hashPassword(person.password) })),
  )
  await mkdir(dataFolder, { recursive: true })
  await writeFile(path, stringify({ people }), { mode: 0o600 })
}
