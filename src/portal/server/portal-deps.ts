import type { Dependencies } from '#dependencies.ts'
import type { Directory } from '#directory/directory.ts'
import type { Objects } from '#objects/objects.ts'
import type { ReserveSlots } from '#seal/local-dispatch.ts'
import type { SealThread } from '#seal/seal-thread.ts'
import type { Settings } from '#settings/schema.ts'

/** Of the settings, those that the portal needs; of the gateway's and the courier's, what both doors do alike. */
export type PortalSettings = Pick<
  Settings,
  'organisation' | 'language' | 'portal' | 'classify' | 'outsiders' | 'compose'
> & {
  gateway: Pick<Settings['gateway'], 'hostname' | 'limits'>
  courier: Pick<Settings['courier'], 'linkBlock' | 'notificationsFrom'>
}

/** What the portal works with. It stores objects for messages that are written here, and leaves removing them to upkeep. */
export interface PortalDeps extends Pick<Dependencies, 'db' | 'masterKeys' | 'keyring' | 'findMissingKeys' | 'log'> {
  settings: PortalSettings
  sealThread: Pick<SealThread, 'seal'>
  objects: Pick<Objects, 'open' | 'put' | 'remove' | 'check'>
  directory: Pick<Directory, 'authenticate' | 'findById' | 'findLocals' | 'search'>
  /** Of the courier of this process, if there is one. */
  reserveSlots: ReserveSlots | null
}
