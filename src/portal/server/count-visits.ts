import type { FastifyInstance } from 'fastify'
import { countVisits, type Visits } from '#database/visits.ts'
import type { PortalDeps } from './portal-deps.ts'

const pauseMs = 1000

/**
 * Counts visits that the audit leaves out, so that their sender is told of each: once a second, in one statement for all, so
 * that a flood of them costs next to nothing. What cannot be written waits for the next second. The rest is written when
 * the server is closed.
 */
export function countVisitsOf(
  app: FastifyInstance,
  { db, log }: Pick<PortalDeps, 'db' | 'log'>,
): (visit: Omit<Visits, 'times'>) => void {
  const counted = new Map<string, Visits>()
  const add = (visits: Visits) => {
    const { tokenHash, person, automatic, times } = visits
    const key = `${tokenHash.toString('hex')} ${person} ${automatic}`
    counted.set(key, { ...visits, times: times + (counted.get(key)?.times ?? 0) })
  }
  let timer: NodeJS.Timeout | undefined
  const write = async () => {
    clearTimeout(timer)
    timer = undefined
    const all = [...counted.values()]
    counted.clear()
    if (all.length === 0) return
    await countVisits(db, all).catch((error: unknown) => {
      log.warn({ err: error, visits: all.length }, 'visits were not counted; it will be tried again')
      for (const visits of all) add(visits)
      later()
    })
  }
  const later = () => (timer ??= setTimeout(() => void write(), pauseMs).unref())
  app.addHook('onClose', write)
  return visit => {
    add({ ...visit, times: 1 })
    later()
  }
}
