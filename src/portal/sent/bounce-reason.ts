import type { SentLinkRow } from '#database/sent.ts'
import { replyReasons, type DeliveryReason } from '#model.ts'

/** Why a copy did not arrive, as far as its sender can make something of it. */
export type BounceReason =
  'unknown address' | 'mailbox full' | 'too large' | 'not allowed' | 'in vain' | 'ended' | 'other'

const bounceReasons: Record<DeliveryReason, BounceReason> = {
  deferred: 'in vain',
  unreachable: 'in vain',
  withdrawn: 'ended',
  expired: 'ended',
  'unknown-address': 'unknown address',
  'mailbox-full': 'mailbox full',
  'too-large': 'too large',
  'not-allowed': 'not allowed',
  refused: 'other',
  'not-supported': 'other',
  'key-missing': 'other',
  'not-genuine': 'other',
  interrupted: 'other',
  failed: 'other',
}

/** Why a copy bounced. Without a reason, the admin stopped it before it was tried. */
export function bounceReason(reason: DeliveryReason | null): BounceReason {
  return reason === null ? 'in vain' : bounceReasons[reason]
}

/** The next hop's own words, to pass on to whoever can make something of them; null if it said nothing. */
export function serverReply({ reason, lastReply }: Pick<SentLinkRow, 'reason' | 'lastReply'>): string | null {
  return replyReasons.some(each => each === reason) ? lastReply : null
}
