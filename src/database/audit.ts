import type { Queryable } from './database.ts'

/** What can have happened. */
export type AuditAction =
  | 'login'
  | 'login-failed'
  | 'logout'
  | 'code-asked'
  | 'code-entered'
  | 'code-failed'
  | 'page-shown'
  | 'text-shown'
  | 'ticket'
  | 'download-finished'
  | 'refused'
  | 'message-sealed'
  | 'copy-delivered'
  | 'copy-bounced'
  | 'copy-dropped'
  | 'notice-dropped'
  | 'link-revoked'
  | 'link-sent-again'
  | 'limit-raised'
  | 'message-extended'
  | 'recipient-added'
  | 'message-ended'
  | 'key-forgotten'

/** Who did it: somebody of the directory, the holder of a link, an address that a code was mailed to, a sender, an admin at the command line, or Kuvert. */
export type AuditActor =
  `account:${string}` | `link:${string}` | `outsider:${string}` | `sender:${string}` | 'admin' | 'courier' | 'upkeep'

/** What is known beside the columns. Never a token, a password, or the content of a file. What is undefined is left out. */
export type AuditDetails = Record<string, string | number | boolean | undefined>

/** Something that happened. What is not given is not known, or of no concern. */
export interface NewAuditEntry {
  action: AuditAction
  actor?: AuditActor | null
  messageId?: string | null
  fileId?: string | null
  /** Where from: the client's IP address. */
  address?: string | null
  details?: AuditDetails
}

/** A row of `audit`. Its hash is the SHA-256 of the others, as `canonicalEntry` (#audit/verify-audit.ts) writes them. */
export interface AuditEntry {
  id: number
  /** UTC, to the microsecond. */
  at: string
  action: string
  actor: string | null
  messageId: string | null
  fileId: string | null
  address: string | null
  details: Record<string, unknown>
  /** Lower-case hex, as `hash`; of the first entry, zeros. */
  previousHash: string
  hash: string
}

/**
 * Records what happened, in this order. Inside a transaction it counts when that commits, and not at all when it does
 * not; it may stand anywhere in it, and locks nothing until then. On a pool it is a transaction of its own. It
 * throws what the database throws: what cannot be recorded must not happen.
 */
export async function record(db: Queryable, ...entries: NewAuditEntry[]): Promise<void> {
  if (entries.length === 0) return
  await db.query(auditRows.insert('$1'), [auditRows.values(entries)], 'record-audit')
}

/** How entries are recorded, by a statement that may write more. */
export const auditRows = {
  insert: (rows: string) =>
    `insert into audit_inbox (action, actor, message_id, file_id, address, details)
     select action, actor, message_id, file_id, address, details
     from jsonb_to_recordset(${rows}::jsonb) as entry
       (action text, actor text, message_id uuid, file_id uuid, address text, details jsonb)`,
  values: (entries: NewAuditEntry[]) => JSON.stringify(entries.map(toRow)),
}

const columns = `id::float8 as id, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, action, actor,
  message_id as "messageId", file_id as "fileId", address, details,
  encode(previous_hash, 'hex') as "previousHash", encode(hash, 'hex') as hash`

/** A stretch of time, half open. */
export interface AuditPeriod {
  from?: Date | undefined
  to?: Date | undefined
}

/** Up to `limit` entries after the one with this id (0 is before the first), in their order. */
export async function findAuditEntries(
  db: Queryable,
  afterId: number,
  limit: number,
  { from, to }: AuditPeriod = {},
): Promise<AuditEntry[]> {
  // By the column: by its name alone, it would be what is selected under it, of which there is no index.
  const { rows } = await db.query<AuditEntry>(
    `select ${columns} from audit
     where id > $1 and ($3::timestamptz is null or at >= $3) and ($4::timestamptz is null or at < $4)
     order by audit.id limit $2`,
    [afterId, limit, from ?? null, to ?? null],
  )
  return rows
}

const maxTextLength = 1000

function toRow({ action, actor, messageId, fileId, address, details }: NewAuditEntry) {
  return {
    action,
    actor: typeof actor === 'string' ? storable(actor) : null,
    message_id: messageId ?? null,
    file_id: fileId ?? null,
    address: address ?? null,
    details: storableDetails(details ?? {}),
  }
}

/** The details as PostgreSQL takes them. Throws for numbers that are not whole. */
export function storableDetails(details: AuditDetails): AuditDetails {
  return Object.fromEntries(Object.entries(details).map(([name, value]) => [name, storableValue(value)]))
}

function storableValue(value: AuditDetails[string]) {
  // Other numbers are written in more than one way, and the hash knows one.
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new Error('The audit takes whole numbers only.')
  return typeof value === 'string' ? storable(value) : value
}

/** PostgreSQL takes neither NUL nor half a character. */
function storable(text: string): string {
  return text.slice(0, maxTextLength).replaceAll('\0', '\uFFFD').toWellFormed()
}
