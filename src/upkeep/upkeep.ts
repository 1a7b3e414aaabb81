import { setTimeout as pause } from 'node:timers/promises'
import type { Parts } from '#parts.ts'
import { expire } from './expire/expire.ts'
import { sweep } from './sweep/sweep.ts'
import { tidy } from './tidy/tidy.ts'

type UpkeepParts = Pick<Parts, 'settings' | 'log' | 'db' | 'objects'>

/** Objects come before the transaction that points to them: however impatient the settings, that must have had its time. */
const leastSweepHours = 1

/** One round: the only code that deletes. Ends early when it is stopped. */
export async function runUpkeep(
  { settings, log, db, objects }: UpkeepParts,
  now = new Date(),
  stopped?: AbortSignal,
): Promise<void> {
  const ended = await expire(db)
  await tidy(db, settings)
  const sweepHours = Math.max(settings.upkeep.sweepAfterHours, leastSweepHours)
  const removed = await sweep({ db, objects }, new Date(now.getTime() - sweepHours * 3_600_000), stopped)
  if (ended > 0 || removed > 0) log.info({ ended, removed }, 'upkeep has ended messages and removed objects')
}

/** The longest that a timer can be set to. */
const longestPauseMs = 2 ** 31 - 1

/** Runs upkeep now and then, one round at a time. `close` resolves when a running round has ended, which it then does early. */
export function startUpkeep(parts: UpkeepParts): { close(): Promise<void> } {
  const stopping = new AbortController()
  const { signal } = stopping
  const pauseMs = Math.min(parts.settings.upkeep.everySeconds * 1000, longestPauseMs)
  const loop = async () => {
    while (!signal.aborted) {
      await runUpkeep(parts, new Date(), signal).catch((error: unknown) =>
        parts.log.warn({ err: error }, 'upkeep did not get through; it will try again'),
      )
      // Rejects when it is stopped, which the loop sees for itself.
      await pause(pauseMs, undefined, { signal }).catch(() => undefined)
    }
  }
  const running = loop()
  return {
    close: async () => {
      stopping.abort()
      await running
    },
  }
}
