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

/**
 * The one who did it: somebody of the directory, the holder of a link, an address that a code was mailed to, a sender, a user of
 * the machine at the command line, or Kuvert. Addresses are given as comparisons spell them; the database puts ids of
 * `persons` in place of all but the links.
 */
export type AuditActor =
  | `account:${string}`
  | `link:${string}`
  | `outsider:${string}`
  | `sender:${string}`
  | `admin:${string}`
  | 'courier'
  | 'upkeep'

/**
 * Facts beside the columns; what is undefined is left out. Never a token, a password, or the content of a file. People are
 * named in `login`, `recipient`, `sender` and `person` alone, as comparisons spell them: the database puts ids in their place.
 */
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

/**
 * Records what happened, in this order, with the time of the transaction. The entries are committed with it, and wait for
 * nobody: they are chained later (#database/audit-chain.ts). On a pool it is a transaction of its own. Throws what the
 * database throws: what cannot be recorded must not happen.
 */
export async function record(db: Queryable, ...entries: NewAuditEntry[]): Promise<void> {
  if (entries.length === 0) return
  await db.query(auditRows.insert('$1'), [auditRows.values(entries)], 'record-audit')
}

/** How entries are recorded, by a statement that may write more. */
export const auditRows = {
  insert: (rows: string) =>
    `insert into audit_entries (action, actor, message_id, file_id, address, details)
     select action, actor, message_id, file_id, address, details
     from jsonb_to_recordset(${rows}::jsonb) as entry
       (action text, actor text, message_id uuid, file_id uuid, address text, details jsonb)`,
  values: (entries: NewAuditEntry[]) => JSON.stringify(entries.map(toRow)),
}

/** The codes of an SMTP reply (`550 5.1.1`), by SQL: its text may name people. Null if there are none. */
export const replyCodes = (reply: string) => `substring(${reply} from '^\\d{3}(?: \\d\\.\\d{1,3}\\.\\d{1,3})?')`

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
