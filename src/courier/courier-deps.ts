import type { Dependencies } from '#dependencies.ts'
import type { SendLimit } from '#courier/send/send-limit.ts'

/** What the courier works with. */
export type CourierDeps = Pick<
  Dependencies,
  'settings' | 'log' | 'db' | 'objects' | 'nextHop' | 'masterKeys' | 'keyring'
> & {
  sendLimit: SendLimit
  /** Aborted when what is being handed over is to be cut off. */
  cut: AbortSignal
}
