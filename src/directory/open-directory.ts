import { join } from 'node:path'
import type { Directory, OnNotice } from './directory.ts'
import { openFileDirectory } from './file-directory.ts'
import { openLdapDirectory } from './ldap-directory.ts'
import type { Settings } from '#settings/schema.ts'

/** The directory of these settings. Nothing is asked or read yet; `check` does that. */
export function openDirectory(settings: Settings['directory'], dataFolder: string, onNotice: OnNotice): Directory {
  switch (settings.kind) {
    case 'file':
      return openFileDirectory(settings.path ?? join(dataFolder, 'people.yaml'), onNotice)
    case 'ldap':
    case 'activeDirectory':
      return openLdapDirectory(settings, onNotice)
  }
}
