import type { Queryable } from '#database/database.ts'

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
  endsAt: Date
}

export type NewDownload = Omit<DownloadRow, 'endsAt'> & { minutes: number; address: string }

const columns = `id, file_id as "fileId", link_id as "linkId", person, account_id as "accountId",
  session_hash as "sessionHash", ends_at as "endsAt"`
const isLive = 'given_back_at is null and ends_at > now()'

export async function insertDownload(db: Queryable, download: NewDownload): Promise<void> {
  await db.query(
    `insert into downloads (id, file_id, link_id, person, account_id, session_hash, address, ends_at)
     values ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(mins => $8))`,
    [
      download.id,
      download.fileId,
      download.linkId,
      download.person,
      download.accountId,
      download.sessionHash,
      download.address,
      download.minutes,
    ],
  )
}

/** The ticket, if it is this session's and has neither ended nor been given back. */
export async function findTicket(db: Queryable, id: string, sessionHash: Buffer): Promise<DownloadRow | null> {
  const { rows } = await db.query<DownloadRow>(
    `select ${columns} from downloads where id = $1 and session_hash = $2 and ${isLive}`,
    [id, sessionHash],
  )
  return rows[0] ?? null
}

/** The tickets that a session still holds for these files, by file; the one that lasts longest where there are several. */
export async function findTicketsOfSession(
  db: Queryable,
  held: { sessionHash: Buffer; person: string; fileIds: string[] },
): Promise<Map<string, DownloadRow>> {
  const { rows } = await db.query<DownloadRow>(
    `select ${columns} from downloads
     where session_hash = $1 and person = $2 and file_id = any($3) and ${isLive} order by ends_at`,
    [held.sessionHash, held.person, held.fileIds],
  )
  return new Map(rows.map(row => [row.fileId, row]))
}

/**
 * Notes that bytes are about to be sent, so that the ticket is not given back. False where it has ended or
 * was given back in between: then nothing may be sent.
 */
export async function markFirstByte(db: Queryable, id: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `update downloads set first_byte_at = coalesce(first_byte_at, now()) where id = $1 and ${isLive}`,
    [id],
  )
  return rowCount === 1
}

/** Notes that the file's last byte was sent. */
export async function markFinished(db: Queryable, id: string): Promise<void> {
  await db.query('update downloads set finished_at = coalesce(finished_at, now()) where id = $1', [id])
}

/** Gives one ticket back at once, unless a byte was sent: it is no longer valid and no longer counted. */
export async function giveBackTicket(db: Queryable, id: string): Promise<void> {
  await db.query(giveBack('select id from downloads where id = $1 for update'), [id])
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
  return `with unused as (
      update downloads set given_back_at = now()
      where id in (${chosen}) and first_byte_at is null and given_back_at is null
      returning file_id, person),
    fewer as (select file_id, person, count(*)::integer as tickets from unused group by file_id, person),
    locked as (
      select counts.file_id, counts.person, fewer.tickets from counts join fewer using (file_id, person)
      order by counts.file_id, counts.person for update of counts),
    counted as (
      update counts set used = counts.used - locked.tickets from locked
      where counts.file_id = locked.file_id and counts.person = locked.person)
    select count(*)::integer as given from unused`
}
