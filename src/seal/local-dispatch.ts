import type { CopyRows } from '#database/copies.ts'
import type { ClaimedDelivery, Lease } from '#database/deliveries.ts'

/** A copy that was committed a moment ago under a lease: its delivery, its rows, and the key of its message. */
export interface FreshCopy {
  delivery: ClaimedDelivery
  rows: CopyRows
  messageKey: Buffer
}

/** Slots that a delivery worker keeps for copies that are about to be committed. Exactly one of the two methods ends it. */
export interface ReservedSlots {
  /** The lease to commit the deliveries under. */
  lease: Lease
  /** The copies are committed; the worker delivers them now. */
  deliver(copies: FreshCopy[]): void
  /**
   * Nothing was committed. `isInDoubt` says that the answer to the commit was lost: the worker then ends the lease as soon
   * as the database answers, so that deliveries that were committed after all are due.
   */
  release(isInDoubt: boolean): void
}

/**
 * Local dispatch: asks the delivery worker of this process for a slot for each copy, so that it sends them without claiming
 * and looking them up. Null if it has too few free slots, or if older deliveries may be waiting: then the copies are queued.
 */
export type ReserveSlots = (copies: number) => ReservedSlots | null
