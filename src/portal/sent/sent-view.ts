import type { SentLinkRow } from '#database/sent.ts'
import type { Login } from '#model.ts'
import type { SentProblem } from '#portal/pages/problem.ts'

/** Something that was done so many times. */
export interface Times {
  times: number
  first: Date
  last: Date
}

/** What somebody has done with a message. */
export interface Doings {
  opened: Times | null
  /** Visits of scanners and previews. */
  automatic: number
  fetched: (Times & { name: string; isText: boolean })[]
}

export interface SentRecipientView extends Doings {
  linkId: string
  recipient: string
  state: SentLinkRow['state'] | 'withdrawn'
  /** When that became so, or is tried next. */
  at: Date | null
  /** What became of the copies that were sent before, the latest first. */
  earlier: SentLinkRow['earlier']
  /** Why it did not arrive, in which words of the page. */
  reason: string | null
  /** Why it is still on its way: nothing can be reached. */
  away: boolean
  serverReply: string | null
  /** Whether there is anything to send again or to withdraw. */
  canChange: boolean
}

/** What was done just now. */
export type Done = 'revoked' | 'link-revoked' | 'extended' | 'raised' | 'sent-again' | 'added'

/** A message as its sender sees it. */
export interface SentView {
  /** The path of its page. */
  at: string
  subject: string
  createdAt: Date
  expiresAt: Date
  state: 'open' | 'expired' | 'revoked'
  login: Login
  max: number | null
  receipt: boolean
  private: boolean
  files: { name: string; sizeBytes: number }[]
  /** The text: there, and not asked for; asked for, and too long; or as it is. Null where there is none to show. */
  text: { is: 'hidden' } | { is: 'too long' } | { is: 'shown'; text: string } | null
  recipients: SentRecipientView[]
  /** Others with an account, where they may open it. */
  others: (Doings & { account: string })[]
  extend: { firstDay: string; lastDay: string; atMostDays: number } | null
  raise: { max: number; atLeast: number; atMost: number; orUnlimited: boolean } | null
  /** What was filled in and could not be done. */
  typed: { to: string; expires: string; max: string }
  problems: SentProblem[]
  done: Done | null
  isJustSent: boolean
}
