import { keepChaining } from '#audit/keep-chaining.ts'
import { DeliveryWorker } from '#courier/delivery-worker.ts'
import { startGateway } from '#gateway/gateway.ts'
import type { Dependencies } from './dependencies.ts'
import type { Role } from './model.ts'
import { startPortal } from '#portal/portal.ts'
import { startUpkeep } from '#upkeep/upkeep.ts'

/** What runs, and where it listens. */
export interface Running {
  addresses: { smtp: number[]; http: number | null }
  /** Takes nothing new from now on, and resolves when what is in flight has ended, or `stopSeconds` have. */
  close(): Promise<void>
}

/** Starts the roles in this process, over the same dependencies. */
export async function startRoles(deps: Dependencies, wanted: readonly Role[]): Promise<Running> {
  const started: { close(withinSeconds: number): Promise<void> }[] = []
  const addresses: Running['addresses'] = { smtp: [], http: null }
  const { stopSeconds } = deps.settings
  // All at once, so that nobody takes anything new while another finishes, and the time is that of the slowest.
  const close = async () => {
    const closed = await Promise.allSettled(started.splice(0).map(role => role.close(stopSeconds)))
    const failed = closed.find(each => each.status === 'rejected')
    if (failed) throw failed.reason
  }
  try {
    // First: mails that this process seals are dispatched to its own worker.
    const worker = wanted.includes('courier') ? new DeliveryWorker(deps) : null
    if (worker) started.push(worker)
    await worker?.start()
    const reserveSlots = worker?.reserveSlots ?? null
    if (wanted.includes('gateway')) {
      const gateway = await startGateway({ ...deps, reserveSlots })
      started.push(gateway)
      addresses.smtp = gateway.ports
    }
    if (wanted.includes('portal')) {
      const portal = await startPortal({ ...deps, reserveSlots })
      started.push(portal)
      addresses.http = portal.port
    }
    if (wanted.includes('upkeep')) started.push(startUpkeep(deps))
    started.push(keepChaining(deps))
    return { addresses, close }
  } catch (error) {
    await close()
    throw error
  }
}
