import type { AuditAction, AuditActor, AuditDetails } from './audit.ts'
import { storableDetails } from './audit.ts'
import type { Queryable } from './database.ts'
import { personText } from './person.ts'
import { visitRows } from './visits.ts'

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
 * Records what became of requests, in this order, and counts pages that were shown for the sender. The actor is whom the
 * session belongs to, else whoever holds the link. An unknown token, one of an ended message and a good one take the same
 * way.
 */
export async function recordRequests(db: Queryable, entries: RequestEntry[]): Promise<void> {
  // The limit tells the planner how few they are, so that it does not read whole tables for them.
  await db.query(
    `with entries as (
       select place, action, entry.address, links.message_id, ticket.file_id,
         coalesce(actor, 'account:' || sessions.account_id, 'outsider:' || mailbox.recipient_key, 'link:' || links.id) as actor,
         jsonb_strip_nulls(jsonb_build_object('link', links.id)) || entry.details as details
       from (
         select * from jsonb_to_recordset($1::jsonb) as given
           (place integer, action text, actor text, address text, details jsonb, session text, token text, ticket uuid)
         limit $2) as entry
       left join sessions on sessions.id_hash = decode(entry.session, 'hex')
       left join links as mailbox on mailbox.id = sessions.link_id
       left join lateral (
         select link_id, file_id from downloads where id = entry.ticket
         union all (select link_id, null from downloads where zip_id = entry.ticket limit 1)) as ticket on true
       left join links on links.id =
         coalesce((select id from links where token_hash = decode(entry.token, 'hex')), ticket.link_id)),
     recorded as (
       insert into audit_entries (action, actor, message_id, file_id, address, details)
       select action, actor, message_id, file_id, address, details from entries order by place)
     ${visitRows.insert(`(
       select message_id, details ->> 'person' as person, details ? 'automatic' as automatic, 1 as times from entries
       where action = 'page-shown' and message_id is not null and details ? 'person') as visits`)}`,
    [JSON.stringify(entries.map(toRow)), entries.length],
  )
}

function toRow({ action, actor, address, details, ...entry }: RequestEntry, place: number) {
  return {
    place,
    action,
    actor,
    address,
    details: storableDetails(details),
    session: entry.sessionHash?.toString('hex'),
    token: entry.tokenHash?.toString('hex'),
    ticket: entry.ticketId,
  }
}

/** Records what became of tickets, one entry for each: all that is to be said of one is in its row. */
export async function recordTickets(
  db: Queryable,
  action: 'ticket' | 'download-finished',
  ticketIds: string[],
): Promise<void> {
  await db.query(
    `insert into audit_entries (action, actor, message_id, file_id, address, details)
     select $1, coalesce('account:' || downloads.account_id, 'outsider:' || mailbox.recipient_key, 'link:' || links.id),
       links.message_id, file_id, address,
       jsonb_strip_nulls(jsonb_build_object('link', links.id, 'person', ${personText}, 'zip', zip_id))
     from downloads
     join links on links.id = downloads.link_id
     left join sessions on sessions.id_hash = session_hash
     left join links as mailbox on mailbox.id = sessions.link_id
     where downloads.id = any($2) order by file_id`,
    [action, ticketIds],
  )
}

/** Whether somebody has logged in by this name: what else is typed there may be a password. */
export async function wasEverLogin(db: Queryable, login: string): Promise<boolean> {
  const { rowCount } = await db.query("select from persons where name = $1 and kind = 'login' limit 1", [login])
  return rowCount === 1
}
