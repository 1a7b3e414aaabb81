import { claimDeliveries, deliveriesChannel, findNextDueMilliseconds, postponeDelivery } from '#database/deliveries.ts'
import { claimNotices, postponeNotice } from '#database/notices.ts'
import { isFailure } from '#failure.ts'
import { pauseSeconds } from './claim/pause.ts'
import { deliverMail, type CourierParts } from './deliver-mail.ts'
import { deliverNotice } from './deliver-notice.ts'

/** At the longest, so that nothing waits for a wake-up that was lost. */
const longestWaitMs = 60_000
const outageWaitMs = 2000

/** Mail out: delivers what is queued as it becomes due. `close` takes nothing new and resolves when running deliveries have ended. */
export async function startCourier(parts: CourierParts): Promise<{ close(): Promise<void> }> {
  const { atOnce, leaseSeconds } = parts.settings.courier
  const running = new Set<Promise<void>>()
  let closed = false
  let wake = () => undefined as void
  let woken = false

  const run = (work: Promise<void>) => {
    running.add(work)
    void work.finally(() => {
      running.delete(work)
      signal()
    })
  }
  const signal = () => {
    woken = true
    wake()
  }
  const sleep = (milliseconds: number) =>
    new Promise<void>(resolve => {
      if (woken || closed) return resolve()
      const timer = setTimeout(resolve, milliseconds)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  /** Claims what fits; returns how long there is nothing to do. */
  const claim = async (): Promise<number> => {
    const free = atOnce - running.size
    if (free <= 0) return longestWaitMs
    const notices = await claimNotices(parts.db, free, leaseSeconds)
    for (const notice of notices) {
      const giveBack = () => postponeNotice(parts.db, notice, pauseSeconds(notice.attempts), fault)
      run(guard(parts, 'notification', () => deliverNotice(parts, notice), giveBack))
    }
    const left = free - notices.length
    const deliveries = left > 0 ? await claimDeliveries(parts.db, left, leaseSeconds) : []
    for (const delivery of deliveries) {
      const giveBack = () => postponeDelivery(parts.db, delivery, pauseSeconds(delivery.attempts), fault)
      run(guard(parts, 'copy', () => deliverMail(parts, delivery), giveBack))
    }
    if (notices.length + deliveries.length === free) return longestWaitMs
    return Math.min((await findNextDueMilliseconds(parts.db)) ?? longestWaitMs, longestWaitMs)
  }

  const loop = async () => {
    while (!closed) {
      woken = false
      const waitMs = await claim().catch((error: unknown) => {
        parts.log.warn({ err: error }, 'the courier cannot reach the queue; it will try again')
        return outageWaitMs
      })
      await sleep(waitMs)
    }
  }
  const listening = await parts.db.listen(deliveriesChannel, signal)
  const looping = loop()
  return {
    close: async () => {
      closed = true
      wake()
      await looping
      await Promise.all(running)
      await listening.close()
    },
  }
}

const fault = 'Something went wrong here; see the log.'

/** A delivery that fails for a reason of ours is given back, and logged; its lease ends by itself where even that fails. */
async function guard(
  parts: CourierParts,
  kind: string,
  work: () => Promise<void>,
  giveBack: () => Promise<void>,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    const level = isFailure(error) ? 'warn' : 'error'
    parts.log[level]({ err: error }, `a ${kind} could not be delivered for a reason of our own; it will be tried again`)
    await giveBack().catch((again: unknown) =>
      parts.log.warn({ err: again }, `a ${kind} could not be given back; it will be taken up when its lease has ended`),
    )
  }
}
