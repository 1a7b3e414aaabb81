import { isFailure } from '#failure.ts'
import type { CourierDeps } from './courier-deps.ts'

const longestRenewalMs = 60_000

/** Work on a delivery or a notice that this process holds by a lease. */
export interface LeasedTask {
  kind: 'notice' | 'new copy' | 'copy'
  /** Resolves with true if nothing of it will be due again. */
  work(): Promise<boolean>
  renewLease(): Promise<void>
  /** Makes it due again after a pause. */
  giveBack(): Promise<void>
}

/**
 * Does a task and renews its lease for as long as that takes, so that a slow next hop does not make it due for others. A
 * task that fails for a reason of our own is logged and given back; if even that fails, its lease runs out. Resolves with
 * true if nothing of it will be due again, and never rejects.
 */
export async function runLeased({ log, settings }: CourierDeps, task: LeasedTask): Promise<boolean> {
  const { kind } = task
  const renewMs = Math.min((settings.courier.leaseSeconds * 1000) / 3, longestRenewalMs)
  const renewing = setInterval(() => {
    task.renewLease().catch((error: unknown) => log.warn({ err: error }, `the lease of a ${kind} could not be renewed`))
  }, renewMs)
  try {
    return await task.work()
  } catch (error) {
    const level = isFailure(error) ? 'warn' : 'error'
    log[level]({ err: error }, `a ${kind} could not be delivered for a reason of our own; it will be tried again`)
    await task
      .giveBack()
      .catch((again: unknown) =>
        log.warn({ err: again }, `a ${kind} could not be given back; it will be taken up when its lease has ended`),
      )
    return false
  } finally {
    clearInterval(renewing)
  }
}
