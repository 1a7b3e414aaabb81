import { setTimeout as pause } from 'node:timers/promises'
import {
  claimDeliveries,
  claimOldDeliveries,
  deliveriesChannel,
  findNextDueMilliseconds,
  type Lease,
} from '#database/deliveries.ts'
import { claimNotices } from '#database/notices.ts'
import type { ReserveSlots } from '#seal/local-dispatch.ts'
import { makeAlarm, type Alarm } from '#courier/claim/alarm.ts'
import { makeDoubts } from '#courier/claim/doubts.ts'
import { freePlaces, reserveSlots, run, untilIdle, type Crew } from './crew.ts'
import type { CourierParts } from './deliver-mail.ts'
import { reportDeliveries } from './report-deliveries.ts'
import { makeSendLimit } from '#courier/send/send-limit.ts'
import { copyTask, noticeTask, type Task } from './tasks.ts'

/**
 * At the longest, so that nothing waits for a wake-up that was lost. If leases are shorter, so is this: what others hold is
 * seen while they hold it, and is then claimed at the moment at which their lease ends.
 */
const longestWaitMs = 60_000
const outageWaitMs = 2000
/** Between looks for what senders are to be told, where nothing of our own rings; and where something waits for other copies. */
const reportWaitMs = 15_000
const shortReportWaitMs = 1000
/** A next hop may take ten minutes for its last answer; whoever stops Kuvert does not wait that long. */
const closeSeconds = 30
/** For what is cut off then to be given back. */
const cutMs = 2000

/**
 * Mail out: delivers what is queued as it becomes due, and tells senders of it. `close` takes nothing new and resolves
 * when running deliveries have ended. Those that have not within so many seconds (30) are cut off and given back.
 * `reserveSlots` is for whoever seals in the same process.
 */
export async function startCourier(
  given: Omit<CourierParts, 'sendLimit' | 'cut'>,
): Promise<{ reserveSlots: ReserveSlots; close(withinSeconds?: number): Promise<void> }> {
  const cutting = new AbortController()
  const sendLimit = makeSendLimit(given.log, given.settings.courier.atOnce)
  const parts: CourierParts = { ...given, sendLimit, cut: cutting.signal }
  const stopping = new AbortController()
  const { signal } = stopping
  const [claims, reports] = [makeAlarm(), makeAlarm()]
  const doubts = makeDoubts()
  const crew: Crew = { running: new Map(), reserved: new Map(), doubts, claims, reports, isFull: true, signal }

  const keepOn = async (alarm: Alarm, work: () => Promise<number>, trouble: string) => {
    while (!signal.aborted) {
      alarm.set()
      const waitMs = await work().catch((error: unknown) => {
        parts.log.warn({ err: error }, trouble)
        return outageWaitMs
      })
      await alarm.sleep(waitMs)
    }
  }
  const mostWaitMs = Math.min(longestWaitMs, parts.settings.courier.leaseSeconds * 1000)
  const look = async () => {
    await doubts.end(parts.db)
    const waitMs = await claim(parts, crew)
    return Math.min(waitMs, doubts.areLeft() ? outageWaitMs : mostWaitMs)
  }
  const report = async () => ((await reportDeliveries(parts, signal)) ? shortReportWaitMs : reportWaitMs)
  const listening = await parts.db.listen(deliveriesChannel, claims.ring)
  const loops = Promise.all([
    keepOn(claims, look, 'the courier cannot reach the queue; it will try again'),
    keepOn(reports, report, 'senders cannot be told of deliveries now; it will be tried again'),
  ])
  return {
    reserveSlots: copies => reserveSlots(parts, crew, copies),
    close: async (withinSeconds = closeSeconds) => {
      stopping.abort()
      claims.ring()
      reports.ring()
      await loops
      await Promise.race([untilIdle(crew), pause(withinSeconds * 1000, undefined, { ref: false })])
      const { size } = crew.running
      if (size > 0) parts.log.warn({ deliveries: size }, 'stopping in the middle of deliveries')
      cutting.abort()
      await Promise.race([untilIdle(crew), pause(cutMs, undefined, { ref: false })])
      await listening.close()
    },
  }
}

/** Claims what fits and begins with it; returns how long there is nothing to do. */
async function claim(parts: CourierParts, crew: Crew): Promise<number> {
  const { db, sendLimit } = parts
  const { atOnce, leaseSeconds } = parts.settings.courier
  const { doubts } = crew
  // Until it is known to be otherwise, also by whoever ends meanwhile.
  crew.isFull = true
  const begin = (tasks: Task[]) => tasks.forEach(task => run(parts, crew, task))
  const count = (kind: Task['kind']) => [...crew.running.keys()].filter(task => task.kind === kind).length
  const pauseMs = sendLimit.pauseMs()
  if (pauseMs > 0) {
    await claimOld(parts, crew, atOnce - crew.running.size)
    return pauseMs
  }
  const free = freePlaces(parts, crew)
  if (free <= 0) return longestWaitMs
  // Neither notices nor copies that were tried before take everything while there is something else to do.
  const half = Math.ceil(atOnce / 2)
  const noticeLimit = Math.min(free, half - count('notification'))
  const takeNotices = (lease: Lease) => claimNotices(db, noticeLimit, lease)
  const notices = noticeLimit > 0 ? await doubts.watch(leaseSeconds, takeNotices) : []
  begin(notices.map(notice => noticeTask(parts, notice)))
  const limit = free - notices.length
  // Half of an odd one goes by chance.
  const retries = Math.floor(atOnce / 2 + Math.random()) - count('copy')
  const takeDeliveries = (lease: Lease) => claimDeliveries(db, { limit, retries, lease })
  const deliveries = limit > 0 ? await doubts.watch(leaseSeconds, takeDeliveries) : []
  begin(deliveries.map(delivery => copyTask(parts, delivery, crew.reports.ring)))
  if (notices.length + deliveries.length === free) return longestWaitMs
  // Notices beyond their limit begin when one before them has ended.
  const mayTakeNotices = notices.length < noticeLimit
  const waitMs = Math.min((await findNextDueMilliseconds(db, mayTakeNotices)) ?? longestWaitMs, longestWaitMs)
  crew.isFull = !mayTakeNotices || sendLimit.atMost() < atOnce
  return waitMs
}

/** While the next hop is away, what has been queued for too long is given up without asking it again. */
async function claimOld(parts: CourierParts, crew: Crew, limit: number): Promise<void> {
  if (limit <= 0) return
  const { giveUpHours: hours, leaseSeconds } = parts.settings.courier
  const take = (lease: Lease) => claimOldDeliveries(parts.db, { limit, hours, lease })
  const deliveries = await crew.doubts.watch(leaseSeconds, take)
  for (const delivery of deliveries) run(parts, crew, copyTask(parts, delivery, crew.reports.ring))
}
