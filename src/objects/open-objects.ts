import { join } from 'node:path'
import type { Settings } from '#settings/schema.ts'
import { openFolderObjects } from './folder-objects.ts'
import type { Objects } from './objects.ts'

/** The configured object storage. A folder is made where it is missing; a bucket is not asked yet: see `check`. */
export async function openObjects(settings: Settings['objects'], dataFolder: string): Promise<Objects> {
  // Its library is large; whoever keeps files in a folder need not carry it.
  if (settings.kind === 's3') return (await import('./s3-objects.ts')).openS3Objects(settings)
  return openFolderObjects(settings.path ?? join(dataFolder, 'objects'))
}
