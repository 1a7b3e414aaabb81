import type { AuditAction, AuditActor, AuditDetails } from '#database/audit.ts'
import { storableDetails } from '#database/audit.ts'
import type { Queryable } from '#database/database.ts'

/** Something that happened in answer to a request. Who it was and what it was about is looked up by what it brought. */
export interface RequestEntry {
  action: AuditAction
  /** Where the session does not say who it was: at a login. */
  actor?: AuditActor
  sessionHash: Buffer | null
  /** Of the link's token, whether or not there is such a link. */
  tokenHash: Buffer | null
  /** A ticket's id, or a zip's. */
  ticketId: string | null
  /** The client's. */
  address: string
  details: AuditDetails
}

/**
 * Records what became of a request. The actor is whom the session belongs to, else whoever holds the link. An unknown
 * token, one of an ended message and a good one take the same way.
 */
export async function recordRequest(db: Queryable, entry: RequestEntry): Promise<void> {
  await db.query(
    `insert into audit_inbox (action, actor, message_id, file_id, address, details)
     select $1, coalesce($2, 'account:' || sessions.account_id, 'outsider:' || mailbox.recipient, 'link:' || links.id),
       links.message_id, ticket.file_id, $3, jsonb_strip_nulls(jsonb_build_object('link', links.id)) || $4::jsonb
     from (select) as nothing
     left join sessions on sessions.id_hash = $5
     left join links as mailbox on mailbox.id = sessions.link_id
     left join (
       select link_id, file_id from downloads where id = $7
       union all (select link_id, null from downloads where zip_id = $7 limit 1)) as ticket on true
     left join links on links.id = coalesce((select id from links where token_hash = $6), ticket.link_id)`,
    [
      entry.action,
      entry.actor ?? null,
      entry.address,
      JSON.stringify(storableDetails(entry.details)),
      entry.sessionHash,
      entry.tokenHash,
      entry.ticketId,
    ],
  )
}

/** Records what became of tickets, one entry for each: all that is to be said of one is in its row. */
export async function recordTickets(
  db: Queryable,
  action: 'ticket' | 'download-finished',
  ticketIds: string[],
): Promise<void> {
  await db.query(
    `insert into audit_inbox (action, actor, message_id, file_id, address, details)
     select $1, coalesce('account:' || downloads.account_id, 'outsider:' || mailbox.recipient, 'link:' || links.id),
       links.message_id, file_id, address,
       jsonb_strip_nulls(jsonb_build_object('link', links.id, 'person', person, 'zip', zip_id))
     from downloads
     join links on links.id = downloads.link_id
     left join sessions on sessions.id_hash = session_hash
     left join links as mailbox on mailbox.id = sessions.link_id
     where downloads.id = any($2) order by file_id`,
    [action, ticketIds],
  )
}

/** Whether somebody has ever logged in by this name: what else is typed there may be a password. */
export async function wasEverLogin(db: Queryable, login: string): Promise<boolean> {
  const { rowCount } = await db.query("select from audit where action = 'login' and details ->> 'login' = $1 limit 1", [
    login,
  ])
  return rowCount === 1
}
