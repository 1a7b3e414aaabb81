import type { Queryable } from '#database/database.ts'
import type { Account } from '#model.ts'

/** A session that has not ended. */
export interface SessionRow {
  idHash: Buffer
  /** Null for somebody who is not logged in with an account. */
  account: Account | null
  /** Somebody who has shown by a code that a link's mailbox is theirs; null for anybody else. */
  outsider: Outsider | null
  /** Since the directory last said that the account is so. */
  accountAgeSeconds: number
  /** Since the browser was last heard of. */
  idleSeconds: number
}

/** An outsider who is logged in: to one link only. */
export interface Outsider {
  linkId: string
  /** The link's recipient. */
  address: string
}

interface Columns {
  idHash: Buffer
  linkId: string | null
  linkRecipient: string
  accountId: string | null
  accountName: string
  addresses: string[]
  mailboxes: string[]
  accountAgeSeconds: number
  idleSeconds: number
}

/** Begins a session; one with this hash that is there already is left as it is. */
export async function insertSession(
  db: Queryable,
  session: { idHash: Buffer; account: Account | null; linkId: string | null; hours: number },
): Promise<void> {
  const { idHash, account, linkId, hours } = session
  const { id = null, name = null, addresses = [], mailboxes = [] } = account ?? {}
  await db.query(
    `insert into sessions (id_hash, account_id, account_name, account_addresses, account_mailboxes, link_id, ends_at)
     values ($1, $2, $3, $4, $5, $6, now() + make_interval(hours => $7)) on conflict do nothing`,
    [idHash, id, name, addresses, mailboxes, linkId, hours],
  )
}

/** The session with this hash, unless it has ended or been idle for too long. */
export async function findSession(db: Queryable, idHash: Buffer, idleMinutes: number): Promise<SessionRow | null> {
  const { rows } = await db.query<Columns>(
    `select id_hash as "idHash", account_id as "accountId", account_name as "accountName",
       account_addresses as addresses, account_mailboxes as mailboxes, link_id as "linkId", recipient as "linkRecipient",
       extract(epoch from now() - account_read_at)::float8 as "accountAgeSeconds",
       extract(epoch from now() - last_seen_at)::float8 as "idleSeconds"
     from sessions left join links on links.id = link_id
     where id_hash = $1 and ends_at > now() and last_seen_at > now() - make_interval(mins => $2)`,
    [idHash, idleMinutes],
    'find-session',
  )
  const row = rows[0]
  if (!row) return null
  const { accountId, accountName, addresses, mailboxes, linkId, linkRecipient, ...rest } = row
  return {
    ...rest,
    account: accountId === null ? null : { id: accountId, name: accountName, addresses, mailboxes },
    outsider: linkId === null ? null : { linkId, address: linkRecipient },
  }
}

/** Keeps everybody else who locks this session waiting until the transaction ends. */
export async function lockSession(db: Queryable, idHash: Buffer): Promise<void> {
  await db.query('select from sessions where id_hash = $1 for update', [idHash], 'lock-session')
}

/** Notes that the browser was heard of now. */
export async function touchSession(db: Queryable, idHash: Buffer): Promise<void> {
  await db.query('update sessions set last_seen_at = now() where id_hash = $1', [idHash])
}

/** Notes what the directory says of the account now. */
export async function updateSessionAccount(db: Queryable, idHash: Buffer, account: Account): Promise<void> {
  await db.query(
    `update sessions set account_name = $2, account_addresses = $3, account_mailboxes = $4, account_read_at = now()
     where id_hash = $1`,
    [idHash, account.name, account.addresses, account.mailboxes],
  )
}

export async function deleteSession(db: Queryable, idHash: Buffer): Promise<void> {
  await db.query('delete from sessions where id_hash = $1', [idHash])
}

/** Forgets up to `limit` sessions that have ended or been idle for too long. Returns how many. */
export async function deleteEndedSessions(db: Queryable, idleMinutes: number, limit = 5000): Promise<number> {
  const { rowCount } = await db.query(
    `delete from sessions where id_hash = any (array(
       select id_hash from sessions where ends_at <= now() or last_seen_at <= now() - make_interval(mins => $1)
       limit $2 for update skip locked))`,
    [idleMinutes, limit],
  )
  return rowCount ?? 0
}
