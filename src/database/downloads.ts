import type { Queryable } from './database.ts'
import { personColumns, personText } from './person.ts'
import { bytesFromJson } from './rows.ts'

/** A ticket: the right of one browser to fetch one file for a while. */
export interface DownloadRow {
  id: string
  fileId: string
  /** The link that was followed. */
  linkId: string
  /** Whom the download counts for: `link:<uuid>` or `account:<id>`. */
  person: string
  accountId: string | null
  sessionHash: Buffer
  /** What the tickets of one zip have in common; null for a file by itself. */
  zipId: string | null
  endsAt: Date
}

/** A ticket that a session still holds. */
export interface HeldTicket extends DownloadRow {
  /** Whether the whole file may be sent once more. */
  servesWhole: boolean
}

/** Bytes of its file that are sent by a ticket. */
export interface Charge {
  ticketId: string
  bytes: number
}

/** A ticket serves its file so many times over, in whichever ranges: enough for a download that breaks off. */
const timesServed = 3

/** Tickets that are asked for together, and differ in nothing but their file. */
export type NewDownloads = Omit<DownloadRow, 'id' | 'fileId' | 'endsAt'> & {
  tickets: Pick<DownloadRow, 'id' | 'fileId'>[]
  minutes: number
  address: string
}

const columns = `id, file_id as "fileId", link_id as "linkId", ${personText} as person, account_id as "accountId",
  session_hash as "sessionHash", zip_id as "zipId", ends_at as "endsAt"`
const isLive = 'given_back_at is null and ends_at > now()'

/** Tickets that are still good, for a statement that may find more: one by its id, or those of a zip, all or none. */
export const liveTickets = {
  ticket: (id: string) => `select ${columns} from downloads where id = ${id} and ${isLive}`,
  zip: (id: string) =>
    `select ${columns} from downloads where zip_id = ${id}
     and not exists (select from downloads where zip_id = ${id} and not (${isLive}))`,
}

/** As JSON has it. */
export type TicketAsJson = Omit<DownloadRow, 'sessionHash' | 'endsAt'> & { sessionHash: string; endsAt: string }

export function ticketFromJson(ticket: TicketAsJson): DownloadRow {
  return { ...ticket, sessionHash: bytesFromJson(ticket.sessionHash), endsAt: new Date(ticket.endsAt) }
}

export async function insertDownloads(db: Queryable, asked: NewDownloads): Promise<void> {
  const { link, account } = personColumns(asked.person)
  await db.query(
    `insert into downloads (id, file_id, link_id, person_link, person_account, account_id, session_hash, zip_id, address, ends_at)
     select id, file_id, $3, $4, $5, $6, $7, $8, $9, now() + make_interval(mins => $10)
     from unnest($1::uuid[], $2::uuid[]) as asked (id, file_id)`,
    [
      asked.tickets.map(ticket => ticket.id),
      asked.tickets.map(ticket => ticket.fileId),
      asked.linkId,
      link,
      account,
      asked.accountId,
      asked.sessionHash,
      asked.zipId,
      asked.address,
      asked.minutes,
    ],
  )
}

/**
 * The tickets that a session still holds for these files, by file. Of several: one that serves the whole file, and of these
 * the one that lasts longest. `lock` keeps them as they are until the transaction ends.
 */
export async function findTicketsOfSession(
  db: Queryable,
  { sessionHash, person, fileIds }: { sessionHash: Buffer; person: string; fileIds: string[] },
  lock = false,
): Promise<Map<string, HeldTicket>> {
  const { link, account } = personColumns(person)
  const { rows } = await db.query<HeldTicket>(
    `select ${columns}, sent_bytes <= (${timesServed} - 1) * size_bytes as "servesWhole"
     from downloads join lateral (select size_bytes from files where files.id = file_id) as file on true
     where session_hash = $1 and (person_link = $2 or person_account = $3) and file_id = any($4) and ${isLive}
     order by "servesWhole", ends_at ${lock ? 'for update of downloads' : ''}`,
    [sessionHash, link, account, fileIds],
    lock ? 'lock-tickets-of-session' : 'find-tickets-of-session',
  )
  return new Map(rows.map(row => [row.fileId, row]))
}

/** The tickets of a zip, if it is this session's and every one of them is still good; else none. */
export async function findTicketsOfZip(db: Queryable, zipId: string, sessionHash: Buffer): Promise<DownloadRow[]> {
  const { rows } = await db.query<DownloadRow>(`${liveTickets.zip('$1')} and session_hash = $2`, [zipId, sessionHash])
  return rows
}

/**
 * Makes a zip of these tickets of a session, which may have been others' before: those have no tickets any more, so that
 * the bytes of a zip never change.
 */
export async function makeZip(db: Queryable, zipId: string, ticketIds: string[], sessionHash: Buffer): Promise<void> {
  await db.query(
    `update downloads set zip_id = case when id = any($2) then $1::uuid end
     where session_hash = $3 and ${isLive}
     and (id = any($2) or zip_id in (select zip_id from downloads where id = any($2)))`,
    [zipId, ticketIds, sessionHash],
  )
}

/** Time for somebody to fetch more than one file, so that the receipt names them all. */
const receiptSeconds = 60

/**
 * Charges these tickets, all or none, for bytes that are about to be sent, so that they are not given back. False if one has
 * ended, was given back, or does not serve so much any more: then nothing may be sent. For somebody's first bytes of a
 * message whose sender wants to know, and is somebody else, a receipt is queued in the same statement, from the envelope
 * sender `receiptsFrom`.
 */
export async function chargeTickets(db: Queryable, charges: Charge[], receiptsFrom: string): Promise<boolean> {
  const ids = charges.map(({ ticketId }) => ticketId)
  const { rows } = await db.query<{ marked: number }>(
    `with live as (
       select downloads.id, bytes from downloads join unnest($1::uuid[], $4::bigint[]) as charge (id, bytes) using (id)
       join files on files.id = file_id
       where ${isLive} and sent_bytes + bytes <= ${timesServed} * size_bytes order by downloads.id for update of downloads),
     marked as (
       update downloads set first_byte_at = coalesce(first_byte_at, now()), sent_bytes = sent_bytes + live.bytes
       from live where downloads.id = live.id and (select count(*) from live) = cardinality($1::uuid[])
       returning file_id, link_id, person_link, person_account, account_id, session_hash),
     first as (
       insert into receipts (id, message_id, person_link, person_account, link_id, account_name)
       select distinct on (messages.id, person_link, person_account)
         gen_random_uuid(), messages.id, person_link, person_account, marked.link_id, sessions.account_name
       from marked join files on files.id = file_id join messages on messages.id = files.message_id
       join links on links.id = marked.link_id left join sessions on id_hash = session_hash
       where receipt and sender <> '' and (marked.account_id is null or marked.account_id is distinct from sender_account)
         and (person_link is distinct from links.id or recipient_key <> sender_key)
       on conflict do nothing returning id, message_id),
     queued as (
       insert into notices (id, sender, recipient, kind, tells_receipt, next_attempt_at)
       select gen_random_uuid(), $2, sender, 'receipt', first.id, now() + make_interval(secs => $3)
       from first join messages on messages.id = message_id)
     select count(*)::integer as marked from marked`,
    [ids, receiptsFrom, receiptSeconds, charges.map(({ bytes }) => bytes)],
    'charge-tickets',
  )
  return rows[0]?.marked === ids.length
}

/** Takes back what tickets were charged for bytes that were not sent after all. */
export async function refundTickets(db: Queryable, charges: Charge[]): Promise<void> {
  await db.query(
    `with locked as (
       select downloads.id, bytes from downloads join unnest($1::uuid[], $2::bigint[]) as charge (id, bytes) using (id)
       order by downloads.id for update of downloads)
     update downloads set sent_bytes = greatest(0, sent_bytes - bytes) from locked where downloads.id = locked.id`,
    [charges.map(({ ticketId }) => ticketId), charges.map(({ bytes }) => bytes)],
  )
}

/** Notes of these tickets that the last byte was sent. */
export async function markFinished(db: Queryable, ids: string[]): Promise<void> {
  await db.query('update downloads set finished_at = coalesce(finished_at, now()) where id = any($1)', [ids])
}

/** Gives tickets back at once, but for those of which a byte was sent: they are no longer valid and no longer counted. */
export async function giveBackTickets(db: Queryable, ids: string[]): Promise<void> {
  await db.query(giveBack('select id from downloads where id = any($1) order by id for update'), [ids])
}

/**
 * Gives back up to `limit` tickets that ended with no byte sent: each counts one less. Returns how many.
 * Any number of nodes may run it at the same time.
 */
export async function giveBackUnusedTickets(db: Queryable, limit = 1000): Promise<number> {
  const { rows } = await db.query<{ given: number }>(
    giveBack(`select id from downloads where first_byte_at is null and given_back_at is null and ends_at <= now()
      order by ends_at limit $1 for update skip locked`),
    [limit],
  )
  return rows[0]?.given ?? 0
}

/** One statement, so that a ticket and its count never disagree. The counts are locked in one order for all. */
function giveBack(chosen: string): string {
  const isOf = (rows: string) => `counts.file_id = ${rows}.file_id
    and (counts.person_link = ${rows}.person_link or counts.person_account = ${rows}.person_account)`
  return `with unused as (
      update downloads set given_back_at = now()
      where id in (${chosen}) and first_byte_at is null and given_back_at is null
      returning file_id, person_link, person_account),
    fewer as (
      select file_id, person_link, person_account, count(*)::integer as tickets from unused
      group by file_id, person_link, person_account),
    locked as (
      select counts.file_id, counts.person_link, counts.person_account, tickets
      from counts join fewer on ${isOf('fewer')}
      order by counts.file_id, counts.person_link, counts.person_account for update of counts),
    counted as (
      update counts set used = used - tickets from locked where ${isOf('locked')})
    select count(*)::integer as given from unused`
}
