import { setTimeout as pause } from 'node:timers/promises'
import {
  claimDeliveries,
  deliveriesChannel,
  findNextDueMilliseconds,
  postponeDelivery,
  renewDelivery,
} from '#database/deliveries.ts'
import { claimNotices, postponeNotice, renewNotice } from '#database/notices.ts'
import { isFailure } from '#failure.ts'
import { makeAlarm } from './claim/alarm.ts'
import { pauseSeconds } from './claim/pause.ts'
import { deliverMail, type CourierParts } from './deliver-mail.ts'
import { deliverNotice } from './deliver-notice.ts'

/** At the longest, so that nothing waits for a wake-up that was lost. */
const longestWaitMs = 60_000
const outageWaitMs = 2000
const longestRenewalMs = 60_000
/** A next hop may take ten minutes for its last answer; whoever stops Kuvert does not wait that long. */
const closeMs = 30_000

/**
 * Mail out: delivers what is queued as it becomes due. `close` takes nothing new and resolves when running deliveries
 * have ended, or have had half a minute: they are taken up again when their lease has ended.
 */
export async function startCourier(parts: CourierParts): Promise<{ close(): Promise<void> }> {
  const running = new Set<Promise<void>>()
  const stopping = new AbortController()
  const alarm = makeAlarm()

  const loop = async () => {
    while (!stopping.signal.aborted) {
      alarm.set()
      const waitMs = await claim(parts, running, alarm.ring).catch((error: unknown) => {
        parts.log.warn({ err: error }, 'the courier cannot reach the queue; it will try again')
        return outageWaitMs
      })
      await alarm.sleep(waitMs)
    }
  }
  const listening = await parts.db.listen(deliveriesChannel, alarm.ring)
  const looping = loop()
  return {
    close: async () => {
      stopping.abort()
      alarm.ring()
      await looping
      await Promise.race([Promise.all(running), pause(closeMs, undefined, { ref: false })])
      if (running.size > 0) parts.log.warn({ deliveries: running.size }, 'stopping in the middle of deliveries')
      await listening.close()
    },
  }
}

/** Claims what fits and begins with it; returns how long there is nothing to do. */
async function claim(parts: CourierParts, running: Set<Promise<void>>, onEnd: () => void): Promise<number> {
  const { db } = parts
  const { atOnce, leaseSeconds } = parts.settings.courier
  const run = (task: Task) => {
    const work = guard(parts, task)
    running.add(work)
    void work.finally(() => {
      running.delete(work)
      onEnd()
    })
  }
  const free = atOnce - running.size
  if (free <= 0) return longestWaitMs
  const notices = await claimNotices(db, free, leaseSeconds)
  for (const notice of notices) {
    run({
      kind: 'notification',
      work: () => deliverNotice(parts, notice),
      renew: () => renewNotice(db, notice, leaseSeconds),
      giveBack: () => postponeNotice(db, notice, pauseSeconds(notice.attempts), fault),
    })
  }
  const left = free - notices.length
  const deliveries = left > 0 ? await claimDeliveries(db, left, leaseSeconds) : []
  for (const delivery of deliveries) {
    run({
      kind: 'copy',
      work: () => deliverMail(parts, delivery),
      renew: () => renewDelivery(db, delivery, leaseSeconds),
      giveBack: () => postponeDelivery(db, delivery, pauseSeconds(delivery.attempts), fault),
    })
  }
  if (notices.length + deliveries.length === free) return longestWaitMs
  return Math.min((await findNextDueMilliseconds(db)) ?? longestWaitMs, longestWaitMs)
}

const fault = 'Something went wrong here; see the log.'

interface Task {
  kind: string
  work(): Promise<void>
  renew(): Promise<void>
  giveBack(): Promise<void>
}

/**
 * Does a task, and keeps its lease for as long as it takes: a slow next hop does not make it somebody else's. One
 * that fails for a reason of ours is given back, and logged; its lease ends by itself where even that fails.
 */
async function guard({ log, settings }: CourierParts, { kind, work, renew, giveBack }: Task): Promise<void> {
  const renewMs = Math.min((settings.courier.leaseSeconds * 1000) / 3, longestRenewalMs)
  const renewing = setInterval(() => {
    renew().catch((error: unknown) => log.warn({ err: error }, `the lease of a ${kind} could not be renewed`))
  }, renewMs)
  try {
    await work()
  } catch (error) {
    const level = isFailure(error) ? 'warn' : 'error'
    log[level]({ err: error }, `a ${kind} could not be delivered for a reason of our own; it will be tried again`)
    await giveBack().catch((again: unknown) =>
      log.warn({ err: again }, `a ${kind} could not be given back; it will be taken up when its lease has ended`),
    )
  } finally {
    clearInterval(renewing)
  }
}
