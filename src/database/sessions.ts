import type { Keyring, RowSeal } from '#crypto/keyring.ts'
import type { Queryable } from './database.ts'
import { bytesFromJson, type Rows } from './rows.ts'
import type { Account } from '#model.ts'

/** A session that has not ended. Its seal covers `sessionValues`. */
export interface SessionRow {
  idHash: Buffer
  /** Null for somebody who is not logged in with an account. */
  account: Account | null
  /** Somebody who has shown by a code that a link's mailbox is theirs; null for anybody else. */
  outsider: Outsider | null
  endsAt: Date
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

interface Columns extends SealedSession, RowSeal {
  linkRecipient: string
  accountAgeSeconds: number
  idleSeconds: number
}

interface SealedSession {
  idHash: Buffer
  linkId: string | null
  accountId: string | null
  accountName: string | null
  addresses: string[]
  mailboxes: string[]
  endsAt: Date
}

/** Who is logged in, to what, and until when. */
export function sessionValues(session: SealedSession): unknown[] {
  const { idHash, linkId, accountId, accountName, addresses, mailboxes, endsAt } = session
  return [idHash.toString('hex'), linkId, accountId, accountName, addresses, mailboxes, endsAt.toISOString()]
}

function columnsOf(account: Account | null) {
  const { id: accountId = null, name: accountName = null, addresses = [], mailboxes = [] } = account ?? {}
  return { accountId, accountName, addresses, mailboxes }
}

/** Begins a session; one with this hash that is there already is left as it is. */
export async function insertSession(
  { db, keyring }: Rows,
  session: { idHash: Buffer; account: Account | null; linkId: string | null; endsAt: Date },
): Promise<void> {
  const { idHash, account, linkId, endsAt } = session
  const columns = columnsOf(account)
  const { accountId, accountName, addresses, mailboxes } = columns
  const { linkKeyId, mac } = keyring.seal('session', sessionValues({ idHash, linkId, endsAt, ...columns }))
  await db.query(
    `insert into sessions (id_hash, account_id, account_name, account_addresses, account_mailboxes, link_id, ends_at,
       link_key_id, mac)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing`,
    [idHash, accountId, accountName, addresses, mailboxes, linkId, endsAt, linkKeyId, mac],
  )
}

export const sessionColumns = `id_hash as "idHash", account_id as "accountId", account_name as "accountName",
  account_addresses as addresses, account_mailboxes as mailboxes, link_id as "linkId", ends_at as "endsAt",
  sessions.link_key_id as "linkKeyId", sessions.mac`

/** A session that has neither ended nor been idle for too long, for a statement that may find more. */
export function liveSession(idHashes: string, idleMinutes: string): string {
  return `select ${sessionColumns}, recipient as "linkRecipient",
       extract(epoch from now() - account_read_at)::float8 as "accountAgeSeconds",
       extract(epoch from now() - last_seen_at)::float8 as "idleSeconds"
     from sessions left join links on links.id = link_id
     where id_hash = any(${idHashes}) and ends_at > now()
       and last_seen_at > now() - make_interval(mins => ${idleMinutes})`
}

/** By what the session of a browser is found: the hashes of its id, and how long it may have been idle. */
export interface BrowserSession {
  idHashes: Buffer[]
  idleMinutes: number
}

/** As JSON has it. */
export type SessionAsJson = Omit<Columns, 'idHash' | 'endsAt' | 'mac'> & { idHash: string; endsAt: string; mac: string }

/** The session with one of these hashes, unless it has ended, been idle for too long, or was not written by Kuvert. */
export async function findSession(
  { db, keyring }: Rows,
  { idHashes, idleMinutes }: BrowserSession,
): Promise<SessionRow | null> {
  const { rows } = await db.query<{ session: SessionAsJson }>(
    `select to_jsonb(session) as session from (${liveSession('$1', '$2')}) as session`,
    [idHashes, idleMinutes],
    'find-session',
  )
  return readSession(keyring, rows[0]?.session ?? null)
}

/** The session of a row; null if there is none, or Kuvert did not write it. */
export function readSession(keyring: Keyring, found: SessionAsJson | null): SessionRow | null {
  if (!found) return null
  const idHash = bytesFromJson(found.idHash)
  const row = { ...found, idHash, endsAt: new Date(found.endsAt), mac: bytesFromJson(found.mac) }
  if (!keyring.isGenuine('session', { ...row, id: idHash.toString('hex') }, sessionValues(row))) return null
  const { accountId, accountName, addresses, mailboxes, linkId, linkRecipient } = row
  return {
    idHash,
    endsAt: row.endsAt,
    accountAgeSeconds: row.accountAgeSeconds,
    idleSeconds: row.idleSeconds,
    account: accountId === null ? null : { id: accountId, name: accountName ?? '', addresses, mailboxes },
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

/** Notes what the directory says of the account of a session now. */
export async function updateSessionAccount(
  { db, keyring }: Rows,
  { idHash, endsAt }: Pick<SessionRow, 'idHash' | 'endsAt'>,
  account: Account,
): Promise<void> {
  const { name, addresses, mailboxes } = account
  const values = sessionValues({ idHash, endsAt, linkId: null, ...columnsOf(account) })
  const { linkKeyId, mac } = keyring.seal('session', values)
  await db.query(
    `update sessions set account_id = $2, account_name = $3, account_addresses = $4, account_mailboxes = $5,
       account_read_at = now(), link_key_id = $6, mac = $7
     where id_hash = $1`,
    [idHash, account.id, name, addresses, mailboxes, linkKeyId, mac],
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
