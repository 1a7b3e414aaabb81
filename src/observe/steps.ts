import type { Logger } from 'pino'

/** Says that a step of a mail begins, with details that name no person. */
export type NoteStep = (step: string, details?: Record<string, unknown>) => void

export const noteNothing: NoteStep = () => undefined

/**
 * Names the steps of one mail at level `debug`; `ids` says which mail it is. At any other level it is `noteNothing`, so that
 * nothing is done for it.
 */
export function noteSteps(log: Pick<Logger, 'debug' | 'isLevelEnabled'>, ids: Record<string, unknown>): NoteStep {
  if (!log.isLevelEnabled('debug')) return noteNothing
  return (step, details) => log.debug({ ...ids, step, ...details }, 'a step of a mail')
}
