import { setTimeout as pause } from 'node:timers/promises'
import { isChoreDue, markChoreDone } from '#database/chores.ts'
import { isFailure } from '#failure.ts'
import type { Dependencies } from '#dependencies.ts'
import { expire } from '#upkeep/expire/expire.ts'
import { objectRemover, type RemoveObject } from './object-remover.ts'
import { forget } from '#upkeep/forget/forget.ts'
import { remind } from '#upkeep/remind/remind.ts'
import { remove } from '#upkeep/remove/remove.ts'
import { sweep } from '#upkeep/sweep/sweep.ts'
import { tidy } from '#upkeep/tidy/tidy.ts'

type UpkeepDeps = Pick<Dependencies, 'settings' | 'log' | 'db' | 'objects'>

/** Objects come before the transaction that points to them: however impatient the settings, that must have had its time. */
const leastSweepHours = 1

/**
 * One round: the only code that deletes. Ends early when it is stopped; whatever is left is for the next one. A step that
 * fails keeps no other from being done; in the end, the first error is thrown. A database that is away ends the round.
 */
export async function runUpkeep(deps: UpkeepDeps, now = new Date(), stopped?: AbortSignal): Promise<void> {
  const { settings, log, db } = deps
  const removing = { ...deps, removeObject: objectRemover(deps) }
  const errors: unknown[] = []
  const step = async (work: () => Promise<number | void>): Promise<number> => {
    try {
      return (await work()) ?? 0
    } catch (error) {
      if (isFailure(error, 'DATABASE_AWAY')) throw error
      errors.push(error)
      return 0
    }
  }
  const ended = await step(() => expire(db))
  await step(() => remind(db, settings))
  await step(() => tidy(db, settings))
  const forgotten = await step(() => forget(db, settings.upkeep.forgetAfterDays))
  const removed = await step(() => remove(removing, stopped))
  const swept = await step(() => sweepNowAndThen(removing, now, stopped))
  if (ended + forgotten + removed + swept > 0) log.info({ ended, forgotten, removed, swept }, 'upkeep has cleared away')
  if (errors.length > 0) throw errors[0]
}

/** A sweep lists every object there is. It is noted when it is through: one that was broken off begins again. */
async function sweepNowAndThen(
  deps: UpkeepDeps & { removeObject: RemoveObject },
  now: Date,
  stopped?: AbortSignal,
): Promise<number> {
  const { sweepEveryHours, sweepAfterHours } = deps.settings.upkeep
  if (!(await isChoreDue(deps.db, 'sweep', sweepEveryHours, now))) return 0
  const leastAgeMs = Math.max(sweepAfterHours, leastSweepHours) * 3_600_000
  const swept = await sweep(deps, new Date(now.getTime() - leastAgeMs), stopped)
  if (!stopped?.aborted) await markChoreDone(deps.db, 'sweep', now)
  return swept
}

/** The longest that a timer can be set to. */
const longestPauseMs = 2 ** 31 - 1

/** Runs upkeep now and then, one round at a time. `close` resolves when a running round has ended, which it then does early. */
export function startUpkeep(deps: UpkeepDeps): { close(): Promise<void> } {
  const stopping = new AbortController()
  const { signal } = stopping
  const pauseMs = Math.min(deps.settings.upkeep.everySeconds * 1000, longestPauseMs)
  const loop = async () => {
    while (!signal.aborted) {
      await runUpkeep(deps, new Date(), signal).catch((error: unknown) =>
        deps.log.warn({ err: error }, 'upkeep did not get through; it will try again'),
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
