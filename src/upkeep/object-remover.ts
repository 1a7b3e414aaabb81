import type { Dependencies } from '#dependencies.ts'

/** Removes an object. False where this one cannot be removed now, which the log says; throws where the storage is away. */
export type RemoveObject = (key: string) => Promise<boolean>

/** One object that cannot be removed (it is locked, or somebody has changed its file) is no reason to keep all others. */
export function objectRemover({ objects, log }: Pick<Dependencies, 'objects' | 'log'>): RemoveObject {
  return async key => {
    try {
      await objects.remove(key)
      return true
    } catch (error) {
      await objects.check()
      log.warn({ err: error, object: key }, 'an object could not be removed; it will be tried again')
      return false
    }
  }
}
