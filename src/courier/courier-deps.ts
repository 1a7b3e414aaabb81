import type { Dependencies } from '#dependencies.ts'
import type { SendLimit } from '#courier/send/send-limit.ts'

/** The dependencies of the courier. */
export type CourierDeps = Pick<
  Dependencies,
  'settings' | 'log' | 'db' | 'objects' | 'nextHop' | 'masterKeys' | 'keyring'
> & {
  sendLimit: SendLimit
  /** Aborted when what is being handed over is to be cut off. */
  cut: AbortSignal
}
