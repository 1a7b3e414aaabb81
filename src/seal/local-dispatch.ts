import type { CopyRows } from '#database/copies.ts'
import type { ClaimedDelivery, Lease } from '#database/deliveries.ts'

/** A copy that has just been committed, held by a lease: its delivery, all that was stored of it, and its message's key. */
export interface FreshCopy {
  delivery: ClaimedDelivery
  rows: CopyRows
  messageKey: Buffer
}

/** Places that a courier keeps for copies that are about to be committed. Exactly one of the two gives them back. */
export interface Places {
  /** What their deliveries are to be committed under. */
  lease: Lease
  /** They are committed: they are delivered now. */
  deliver(copies: FreshCopy[]): void
  /**
   * They are not. If nobody knows, since the answer to the commit was lost, the courier ends the lease as soon as the
   * database answers, and what was committed after all is due.
   */
  giveBack(isInDoubt: boolean): void
}

/**
 * The short way from whoever seals to the courier of the same process: what was committed a moment ago is neither claimed
 * nor looked up. Null where the courier has no places for so many, or others wait for them: then they are queued.
 */
export type ReservePlaces = (copies: number) => Places | null
