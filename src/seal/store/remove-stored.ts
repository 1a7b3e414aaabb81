import type { Objects } from '#objects/objects.ts'
import type { StoredMail } from './store.ts'

/** Removes what was stored of a mail that turned out not to be needed. What cannot be removed now is swept by upkeep. */
export async function removeStored(objects: Pick<Objects, 'remove'>, { slim, files }: StoredMail): Promise<void> {
  const stored = [...(slim.sealed ? [] : [slim]), ...files.flatMap(file => file.objects)]
  await Promise.allSettled(stored.map(object => objects.remove(object.key)))
}
