import { postponeDelivery, renewDelivery, type ClaimedDelivery } from '#database/deliveries.ts'
import { postponeNotice, renewNotice, type ClaimedNotice } from '#database/notices.ts'
import { isFailure } from '#failure.ts'
import type { FreshCopy } from '#seal/local-dispatch.ts'
import { retryPause } from '#courier/claim/retry-pause.ts'
import { deliverMail, type CourierParts } from './deliver-mail.ts'
import { deliverNotice } from './deliver-notice.ts'

const longestRenewalMs = 60_000
const fault = 'Something went wrong here; see the log.'

/** Something that was claimed. */
export interface Task {
  kind: 'notification' | 'new copy' | 'copy'
  /** True where it is done with: it will not be due again. */
  work(): Promise<boolean>
  renew(): Promise<void>
  giveBack(): Promise<void>
}

export function noticeTask(parts: CourierParts, notice: ClaimedNotice): Task {
  const { db, settings } = parts
  return {
    kind: 'notification',
    work: async () => {
      await deliverNotice(parts, notice)
      // There may be others of its kind.
      return false
    },
    renew: () => renewNotice(db, notice, settings.courier.leaseSeconds),
    giveBack: () => postponeNotice(db, notice, retryPause(notice.attempts, settings.courier), fault),
  }
}

/** `onNews` is called where there is something to tell the sender afterwards. */
export function copyTask(
  parts: CourierParts,
  delivery: ClaimedDelivery,
  onNews: () => void,
  fresh: FreshCopy | null = null,
): Task {
  const { db, settings } = parts
  return {
    kind: delivery.attempts === 1 ? 'new copy' : 'copy',
    work: async () => {
      const delivered = await deliverMail(parts, delivery, fresh)
      if (delivered.isNews) onNews()
      return delivered.isSettled
    },
    renew: () => renewDelivery(db, delivery, settings.courier.leaseSeconds),
    giveBack: () => postponeDelivery(db, delivery, retryPause(delivery.attempts, settings.courier), fault),
  }
}

/**
 * Does a task, and keeps its lease for as long as it takes: a slow next hop does not make it somebody else's. One
 * that fails for a reason of ours is given back, and logged; its lease ends by itself where even that fails. True where
 * it is done with.
 */
export async function runTask({ log, settings }: CourierParts, task: Task): Promise<boolean> {
  const { kind, work, renew, giveBack } = task
  const renewMs = Math.min((settings.courier.leaseSeconds * 1000) / 3, longestRenewalMs)
  const renewing = setInterval(() => {
    renew().catch((error: unknown) => log.warn({ err: error }, `the lease of a ${kind} could not be renewed`))
  }, renewMs)
  try {
    return await work()
  } catch (error) {
    const level = isFailure(error) ? 'warn' : 'error'
    log[level]({ err: error }, `a ${kind} could not be delivered for a reason of our own; it will be tried again`)
    await giveBack().catch((again: unknown) =>
      log.warn({ err: again }, `a ${kind} could not be given back; it will be taken up when its lease has ended`),
    )
    return false
  } finally {
    clearInterval(renewing)
  }
}
