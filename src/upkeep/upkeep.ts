import type { Logger } from 'pino'
import type { Database } from '#database/database.ts'
import type { Objects } from '#objects/objects.ts'
import type { Settings } from '#settings/schema.ts'
import { expire } from './expire/expire.ts'
import { sweep } from './sweep/sweep.ts'

interface UpkeepParts {
  settings: Settings
  log: Logger
  db: Database
  objects: Objects
}

/** One round: the only code that deletes. */
export async function runUpkeep({ settings, log, db, objects }: UpkeepParts, now = new Date()): Promise<void> {
  const ended = await expire(db)
  const removed = await sweep({ db, objects }, new Date(now.getTime() - settings.upkeep.sweepAfterHours * 3_600_000))
  if (ended > 0 || removed > 0) log.info({ ended, removed }, 'upkeep has ended messages and removed objects')
}

/** Runs upkeep now and then. `close` resolves when a running round has ended. */
export function startUpkeep(parts: UpkeepParts): { close(): Promise<void> } {
  let running = Promise.resolve()
  const round = () => {
    running = running
      .then(() => runUpkeep(parts))
      .catch((error: unknown) => parts.log.warn({ err: error }, 'upkeep did not get through; it will try again'))
  }
  const timer = setInterval(round, parts.settings.upkeep.everySeconds * 1000)
  round()
  return {
    close: async () => {
      clearInterval(timer)
      await running
    },
  }
}
