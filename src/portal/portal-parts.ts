import type { Logger } from 'pino'
import type { MasterKey } from '#crypto/message-key.ts'
import type { Database } from '#database/database.ts'
import type { Directory } from '#directory/directory.ts'
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
}

/** What the portal is made of. It reads objects, and never writes or removes one. */
export interface PortalParts {
  settings: PortalSettings
  db: Database
  objects: Pick<Objects, 'get'>
  directory: Pick<Directory, 'authenticate' | 'findById'>
  masterKeys: readonly MasterKey[]
  /** What codes are hashed with. */
  codeKey: Buffer
  log: Logger
}
