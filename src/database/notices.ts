import { randomUUID } from 'node:crypto'
import type { Keyring } from '#crypto/keyring.ts'
import { openBytes, sealBytes } from '#crypto/seal-bytes.ts'
import type { Queryable } from './database.ts'
import { deliveriesChannel, endLeasesOf, type Lease } from './deliveries.ts'
import type { Rows } from './rows.ts'

/** A mail that Kuvert writes itself, and its envelope. */
export interface Notice {
  /** Envelope sender; empty for the null return path. */
  sender: string
  recipient: string
  mail: Buffer
}

/** A mail that Kuvert wrote itself, claimed to be sent. */
export type ClaimedNotice = Claimed & (SealedMail | Reminder | Receipt)

/** A mail that stands in its row. */
interface SealedMail {
  kind: 'mail'
  /** Sealed (`openNotice`). */
  mail: Buffer
  /** The link key that the key of the sealed mail is derived from. */
  linkKeyId: string
}

/** Written when it is sent. */
interface Reminder {
  kind: 'reminder'
  remindsLink: string
}

/** Written when it is sent. */
interface Receipt {
  kind: 'receipt'
  tellsReceipt: string
}

interface Claimed {
  id: string
  sender: string
  recipient: string
  attempts: number
  createdAt: Date
  /** After this it need not be sent any more; null: the courier decides when to give up. */
  worthlessAt: Date | null
  lease: string
}

/**
 * Queues a mail. It may hold a code, so that it is sealed for as long as it waits, and bound to whom it is for: nobody reads
 * it in the database, or sends it to somebody else.
 */
export async function insertNotice({ db, keyring }: Rows, notice: Notice & { worthlessAt?: Date }): Promise<void> {
  const { sender, recipient, worthlessAt = null } = notice
  const id = randomUUID()
  const mail = sealBytes(keyring.derive('notice key'), contextOf({ id, sender, recipient }), notice.mail)
  await db.query(
    `insert into notices (id, sender, recipient, kind, mail, worthless_at, link_key_id)
     values ($1, $2, $3, 'mail', $4, $5, $6)`,
    [id, sender, recipient, mail, worthlessAt, keyring.newest],
  )
  await db.query(`select pg_notify('${deliveriesChannel}', '')`)
}

/** The mail of a notice. Null if Kuvert did not write it, or wrote it for another recipient. */
export function openNotice(keyring: Keyring, notice: Envelope & Pick<SealedMail, 'mail' | 'linkKeyId'>): Buffer | null {
  const key = keyring.derive('notice key', notice.linkKeyId)
  try {
    return openBytes(key, contextOf(notice), notice.mail)
  } catch {
    keyring.refuse('notice', notice.id)
    return null
  }
}

type Envelope = Pick<Claimed, 'id' | 'sender' | 'recipient'>

function contextOf({ id, sender, recipient }: Envelope): string {
  return JSON.stringify(['notice', id, sender, recipient])
}

/** Takes up to `limit` notices that are due, new ones first, under `lease`. */
export async function claimNotices(db: Queryable, limit: number, lease: Lease): Promise<ClaimedNotice[]> {
  const { rows } = await db.query<ClaimedNotice>(
    `update notices set lease = $3, leased_until = now() + make_interval(secs => $2), attempts = attempts + 1
     where id in (
       select id from notices
       where state = 'queued' and next_attempt_at <= now() and (leased_until is null or leased_until < now())
       order by attempts > 0, next_attempt_at limit $1 for update skip locked)
     returning id, sender, recipient, kind, mail, link_key_id as "linkKeyId", reminds_link as "remindsLink",
       tells_receipt as "tellsReceipt", attempts, created_at as "createdAt",
       worthless_at as "worthlessAt", lease`,
    [limit, lease.seconds, lease.id],
    'claim-notices',
  )
  return rows
}

/** As `endLeases`. */
export async function endNoticeLeases(db: Queryable, ids: string[]): Promise<string[]> {
  const { rows } = await db.query<{ lease: string }>(endLeasesOf('notices'), [ids])
  return rows.map(row => row.lease)
}

/** As `renewDelivery`. */
export async function renewNotice(db: Queryable, claimed: ClaimedNotice, leaseSeconds: number): Promise<void> {
  await db.query(
    `update notices set leased_until = now() + make_interval(secs => $3) where id = $1 and lease = $2 and state = 'queued'`,
    [claimed.id, claimed.lease, leaseSeconds],
  )
}

/** What the mail said is forgotten: it may be a secret of its recipient's. */
export async function settleNotice(
  db: Queryable,
  claimed: ClaimedNotice,
  state: 'sent' | 'dropped',
  reply: string,
): Promise<void> {
  await db.query(
    `update notices set state = $3, mail = null, last_reply = $4, settled_at = now(), lease = null, leased_until = null
     where id = $1 and lease = $2 and state = 'queued'`,
    [claimed.id, claimed.lease, state, reply],
  )
}

/** As `postponeDelivery`. */
export async function postponeNotice(
  db: Queryable,
  claimed: ClaimedNotice,
  pauseSeconds: number,
  reply: string,
): Promise<void> {
  await db.query(
    `update notices set next_attempt_at = now() + make_interval(secs => $3), last_reply = $4, lease = null, leased_until = null
     where id = $1 and lease = $2 and state = 'queued'`,
    [claimed.id, claimed.lease, pauseSeconds, reply],
  )
}
