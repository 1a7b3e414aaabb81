import type { Logger } from 'pino'
import type { Keyring } from '#crypto/keyring.ts'
import type { MasterKey } from '#crypto/message-key.ts'
import type { Database } from '#database/database.ts'
import type { NeededKey } from '#database/needed-keys.ts'
import type { Directory } from '#directory/directory.ts'
import type { ReserveSlots } from '#seal/local-dispatch.ts'
import type { SealThread } from '#seal/seal-thread.ts'
import type { Language } from '#model.ts'
import type { Objects } from '#objects/objects.ts'
import type { Settings } from '#settings/schema.ts'

/** Of the settings, those that the portal needs. */
export interface PortalSettings {
  organisation: string
  /** Of pages that belong to no message. */
  language: Language
  /** Where mails that the portal writes come from: a bare address, and how Kuvert names itself. */
  notificationsFrom: string
  hostname: string
  portal: Settings['portal']
  limits: Pick<Settings['gateway']['limits'], 'failedLogins' | 'failedLoginsPerAddress' | 'failedLoginMinutes'>
  /** What may be chosen for a message, by mail and in the portal alike. */
  classify: Settings['classify']
  outsiders: Settings['outsiders']
  compose: Settings['compose']
  courier: Pick<Settings['courier'], 'linkBlock'>
}

/** What the portal is made of. It writes objects for messages that are written here, and leaves removing them to upkeep. */
export interface PortalDeps {
  settings: PortalSettings
  db: Database
  sealThread: Pick<SealThread, 'seal'>
  objects: Pick<Objects, 'open' | 'put' | 'remove' | 'check'>
  directory: Pick<Directory, 'authenticate' | 'findById' | 'findLocals' | 'search'>
  masterKeys: MasterKey[]
  keyring: Keyring
  /** The keys that are needed and that are not among ours. */
  findMissingKeys: () => Promise<NeededKey[]>
  log: Logger
  /** Of the courier of this process, where there is one. */
  reserveSlots: ReserveSlots | null
}
