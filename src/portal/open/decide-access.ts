import type { LinkRow } from '#database/links.ts'
import { canonical } from '#mail/address.ts'
import type { Account, Login } from '#model.ts'

/** Who may open a message, decided: yes and whom it counts for, after a login, or no. */
export type Access = { may: 'open'; person: string } | { may: 'log in' } | { may: 'nothing' }

/** What the decision depends on. */
export interface Asked {
  login: Login
  /** The links of the message that count: those that are not revoked. */
  links: Pick<LinkRow, 'id' | 'recipient'>[]
  /** The link that was followed. */
  followed: Pick<LinkRow, 'id' | 'recipient'>
  account: Account | null
  /** Somebody who has shown that the mailbox of this link is theirs. */
  outsider: { linkId: string } | null
}

/**
 * The table of who may open. A person is `link:<id>` where they are a recipient, by whichever link they came,
 * and `account:<id>` where they are another local.
 */
export function decideAccess({ login, links, followed, account, outsider }: Asked): Access {
  if (login === 'none') return { may: 'open', person: `link:${followed.id}` }
  // A code opens the link that it was mailed for, and no other one.
  if (outsider?.linkId === followed.id) return { may: 'open', person: `link:${followed.id}` }
  if (!account) return { may: 'log in' }
  const own = findOwnLink(links, followed, account)
  if (own) return { may: 'open', person: `link:${own.id}` }
  return login === 'locals' ? { may: 'open', person: `account:${account.id}` } : { may: 'nothing' }
}

/** The link that a person counts for: one to their own address before one to a mailbox, and the followed one before others. */
function findOwnLink(
  links: Asked['links'],
  followed: Asked['followed'],
  account: Account,
): Asked['followed'] | undefined {
  const inOrder = links.toSorted((a, b) => Number(b.id === followed.id) - Number(a.id === followed.id))
  return (
    inOrder.find(link => account.addresses.includes(canonical(link.recipient))) ??
    inOrder.find(link => account.mailboxes.includes(canonical(link.recipient)))
  )
}
