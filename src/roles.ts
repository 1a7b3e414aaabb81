import { closeInTurn } from '#close-in-turn.ts'
import { codeKeyOf } from '#crypto/one-time-code.ts'
import { startCourier } from '#courier/courier.ts'
import { startGateway } from '#gateway/gateway.ts'
import type { Parts } from '#parts.ts'
import { startPortal } from '#portal/portal.ts'
import { startUpkeep } from '#upkeep/upkeep.ts'

export const roles = ['gateway', 'courier', 'portal', 'upkeep'] as const
export type Role = (typeof roles)[number]

/** What runs, and where it listens. */
export interface Running {
  addresses: { smtp: number[]; http: number | null }
  /** Stops in the order in which work flows: no new mail, then what is in flight. */
  close(): Promise<void>
}

/** Starts the roles in this process, over the same parts. */
export async function startRoles(parts: Parts, wanted: readonly Role[]): Promise<Running> {
  const started: { close(): Promise<void> }[] = []
  const addresses: Running['addresses'] = { smtp: [], http: null }
  const close = () => closeInTurn(started.splice(0).map(role => role.close))
  try {
    if (wanted.includes('gateway')) {
      const gateway = await startGateway(parts)
      started.push(gateway)
      addresses.smtp = gateway.ports
    }
    if (wanted.includes('portal')) {
      const portal = await startPortal(portalParts(parts))
      started.push(portal)
      addresses.http = portal.port
    }
    if (wanted.includes('courier')) started.push(await startCourier(parts))
    if (wanted.includes('upkeep')) started.push(startUpkeep(parts))
    return { addresses, close }
  } catch (error) {
    await close()
    throw error
  }
}

function portalParts({ settings, log, db, objects, directory, masterKeys, linkKey }: Parts) {
  const { organisation, language, portal, gateway, courier, classify, outsiders, compose } = settings
  const { hostname, limits } = gateway
  const notificationsFrom = courier.notificationsFrom ?? `kuvert@${hostname}`
  return {
    settings: {
      ...{ organisation, language, notificationsFrom, hostname, portal, limits },
      ...{ classify, outsiders, compose, linkBlock: courier.linkBlock },
    },
    log,
    db,
    objects,
    directory,
    masterKeys,
    linkKey,
    codeKey: codeKeyOf(linkKey),
  }
}
