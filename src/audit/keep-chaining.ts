import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import { chainAudit } from '#database/audit-chain.ts'
import type { Queryable } from '#database/database.ts'
import { isFailure } from '#failure.ts'
import { isChainLate } from './chain-lag.ts'

interface Chaining {
  db: Queryable
  log: Logger
}

const pauseMs = 1000
/** Chained in one transaction: a fraction of a second's work. */
const atOnce = 1000

/**
 * Chains entries of the audit soon after they are committed. Every node looks for some once a second, also for those of
 * commands and of nodes that have ended; one node chains at a time. `close` resolves when the last batch is written.
 */
export function keepChaining(deps: Chaining): { close(): Promise<void> } {
  const stopping = new AbortController()
  const { signal } = stopping
  const round = makeChainRound(deps)
  const loop = async () => {
    while (!signal.aborted) {
      await round()
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

/** One round: chains all there is, and tells the log when that begins to fail or to lag, and when it is well again. */
export function makeChainRound({ db, log }: Chaining): () => Promise<void> {
  let hasFailed = false
  let wasLate = false
  return async () => {
    try {
      let chained: number | null
      do chained = await chainAudit(db, atOnce)
      while (chained === atOnce)
      hasFailed = false
    } catch (error) {
      // The log has told of a database that is away.
      if (!hasFailed && !isFailure(error, 'DATABASE_AWAY'))
        log.error({ err: error }, 'the audit cannot be chained; it is tried again every second')
      hasFailed = true
    }
    const isLate = await isChainLate(db).catch(() => wasLate)
    if (isLate && !wasLate) log.warn('the audit has not been chained for five minutes; see docs/audit.md')
    if (!isLate && wasLate) log.info('the audit is chained again')
    wasLate = isLate
  }
}
