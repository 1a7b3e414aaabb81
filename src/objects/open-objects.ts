import { join } from 'node:path'
import type { Settings } from '#settings/schema.ts'
import { openFolderObjects } from './folder-objects.ts'
import type { Objects } from './objects.ts'
import { openS3Objects } from './s3-objects.ts'

/** The configured object storage. A folder is made where it is missing; a bucket is not asked yet: see `check`. */
export async function openObjects(settings: Settings['objects'], dataFolder: string): Promise<Objects> {
  if (settings.kind === 's3') return openS3Objects(settings)
  return openFolderObjects(settings.path ?? join(dataFolder, 'objects'))
}
