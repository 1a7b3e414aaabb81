import type { Logger } from 'pino'
import type { MasterKey } from '#crypto/message-key.ts'
import type { Database } from '#database/database.ts'
import { countSealedWith, findUnknownKeys } from '#database/needed-keys.ts'

/**
 * The ids of master keys that messages or drafts need and that this node does not have: it cannot open those. The first
 * time that a key is found missing, the log says for how many.
 */
export function watchForMissingKeys(
  db: Database,
  masterKeys: readonly MasterKey[],
  log: Pick<Logger, 'error'>,
): () => Promise<string[]> {
  const ownIds = masterKeys.map(({ id }) => id)
  let told: string[] = []
  return async () => {
    const missing = await findUnknownKeys(db, ownIds)
    const fresh = missing.filter(id => !told.includes(id))
    if (fresh.length > 0) {
      for (const [id, { messages, drafts }] of await countSealedWith(db, fresh)) {
        log.error(
          { masterKey: id, messages, drafts },
          `The master key "${id}" is not configured here: ${messages} messages and ${drafts} drafts cannot be opened.`,
        )
      }
    }
    told = missing
    return missing
  }
}
