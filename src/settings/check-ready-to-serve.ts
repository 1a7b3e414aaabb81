import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { Role } from '#model.ts'
import type { Finding } from './mistake.ts'
import type { Settings } from './schema.ts'

/**
 * What these roles still need before people may depend on them. With the embedded database and a folder, Kuvert is being tried
 * out, and the defaults are enough; with a PostgreSQL or S3 server, they would lose mail, or everything with a node.
 */
export async function checkReadyToServe(settings: Settings, roles: readonly Role[]): Promise<Finding[]> {
  const { database, objects } = settings
  if (database.kind !== 'postgres' && objects.kind !== 's3') return []
  const has = (...names: Role[]) => names.some(name => roles.includes(name))
  return [
    ...checkKeys(settings),
    ...(has('gateway', 'courier') ? checkNextHop(settings) : []),
    ...(has('gateway', 'portal') ? await checkDirectory(settings) : []),
    ...(has('gateway') ? checkClients(settings) : []),
  ].map(finding => ({ ...finding, dependsOn: [['database'], ['objects'], ...(finding.dependsOn ?? [])] }))
}

function checkKeys({ keys }: Settings): Finding[] {
  const sentence =
    'must be given with a PostgreSQL or S3 server: a key that a node makes for itself is unknown to others, and lost with ' +
    'its data folder; kuvert make-keys makes keys'
  const missing = [...(keys.master.length === 0 ? ['master'] : []), ...(keys.link.length === 0 ? ['link'] : [])]
  return missing.map(name => ({ path: ['keys', name], sentence }))
}

function checkNextHop({ nextHop }: Settings): Finding[] {
  if (nextHop.kind !== 'maildir') return []
  const sentence =
    'must be given with a PostgreSQL or S3 server (kind: smtp): without it, all mail would end in a folder'
  return [{ path: ['nextHop'], sentence }]
}

/** A file that is named has been looked for already. */
async function checkDirectory({ directory, dataFolder }: Settings): Promise<Finding[]> {
  if (directory.kind !== 'file' || directory.path !== undefined) return []
  const isThere = await access(join(dataFolder, 'people.yaml')).then(
    () => true,
    () => false,
  )
  if (isThere) return []
  const sentence = 'must be given with a PostgreSQL or S3 server: without it, nobody has an account'
  return [{ path: ['directory'], sentence, dependsOn: [['dataFolder']] }]
}

function checkClients({ gateway }: Settings): Finding[] {
  const mayLogIn = gateway.tls !== undefined && gateway.listeners.some(({ tls }) => tls !== 'none')
  if (mayLogIn || gateway.trustedNetworks.length > 0) return []
  const sentence =
    'must name the MTAs that may send, or gateway.tls be given, so that clients can log in: as it is, all mail is refused'
  return [{ path: ['gateway', 'trustedNetworks'], sentence, dependsOn: [['gateway']] }]
}
