import type { Logger } from 'pino'
import type { Database } from '#database/database.ts'
import { countMadeWith, countSealedWith, findUnknownKeys, type NeededKey } from '#database/needed-keys.ts'
import type { Keys } from '#settings/keys.ts'

/**
 * The keys that live messages, their links, drafts or queued notices need and that this node does not have: it cannot use
 * those. The first time that a key is found missing, the log says for how many.
 */
export function watchForMissingKeys(
  db: Database,
  { masterKeys, linkKeys }: Keys,
  log: Pick<Logger, 'error'>,
): () => Promise<NeededKey[]> {
  const own = { master: masterKeys.map(({ id }) => id), link: linkKeys.map(({ id }) => id) }
  let told: NeededKey[] = []
  return async () => {
    const missing = await findUnknownKeys(db, own)
    const fresh = missing.filter(({ kind, id }) => !told.some(key => key.kind === kind && key.id === id))
    for (const { kind, id } of fresh) await (kind === 'master' ? tellMasterKey : tellLinkKey)(db, id, log)
    told = missing
    return missing
  }
}

async function tellMasterKey(db: Database, id: string, log: Pick<Logger, 'error'>): Promise<void> {
  const { messages, drafts } = await countSealedWith(db, id)
  log.error(
    { masterKey: id, messages, drafts },
    `The master key "${id}" is not configured here: ${messages} messages and ${drafts} drafts cannot be opened.`,
  )
}

async function tellLinkKey(db: Database, id: string, log: Pick<Logger, 'error'>): Promise<void> {
  const { messages, links, notices } = await countMadeWith(db, id)
  log.error(
    { linkKey: id, messages, links, notices },
    `The link key "${id}" is not configured here: ${messages} messages and ${links} links cannot be opened, and ` +
      `${notices} mails cannot be sent.`,
  )
}
