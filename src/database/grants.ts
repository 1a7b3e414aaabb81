import { hashToken } from '#crypto/link-token.ts'
import { uuid } from '#platform/uuid.ts'
import { liveTickets, ticketFromJson, type DownloadRow, type TicketAsJson } from './downloads.ts'
import { fileColumns, type FileRow } from './files.ts'
import { isGenuineLink, isOfToken, linkColumns, linkFromJson, type LinkAsJson, type LinkRow } from './links.ts'
import { isGenuineMessage, messageColumns, type MessageRow } from './messages.ts'
import type { Rows } from './rows.ts'
import { liveSession, readSession, type BrowserSession, type SessionAsJson, type SessionRow } from './sessions.ts'

/** How somebody comes to a message: by a link, by a ticket, or by the tickets of a zip. */
export type Way = { token: string } | { ticket: string } | { zip: string }

/** All that decides what a browser is given. Rows that Kuvert did not write are left out. */
export interface Grant {
  session: SessionRow | null
  /** The link that was followed, now or when the ticket was asked for. */
  link: LinkRow | null
  message: MessageRow | null
  /** The links of the message that may be the visitor's: all of them for an account, else the one that was followed. */
  links: LinkRow[]
  /** In the order of the mail; sealed. */
  files: FileRow[]
  /** Those that were asked for, if they are this session's and still good. */
  tickets: DownloadRow[]
}

type Row = Omit<MessageRow, 'id'> & {
  id: string | null
  followed: string | null
  session: SessionAsJson | null
  links: LinkAsJson[] | null
  files: FileRow[] | null
  tickets: TicketAsJson[] | null
}

const ofSession = 'session_hash = (select "idHash" from session)'
const linkOfTicket = 'id = (select "linkId" from ticket limit 1)'

/** One row, whatever is found. By each way it is the same work, also for a token that leads nowhere. */
const statements = {
  token: statement('token_hash = $3', `${liveTickets.ticket('null')} and ${ofSession}`),
  ticket: statement(linkOfTicket, `${liveTickets.ticket('$3')} and ${ofSession}`),
  zip: statement(linkOfTicket, `${liveTickets.zip('$3')} and ${ofSession}`),
}

function statement(isFollowed: string, tickets: string): string {
  return `with session as (${liveSession('$1', '$2')} limit 1),
      ticket as (${tickets}),
      link as (select id, message_id from links where ${isFollowed})
    select message.*, link.id as followed, (select to_jsonb(session) from session) as session,
      (select jsonb_agg(ticket) from ticket) as tickets,
      (select jsonb_agg(one order by id) from (
        select ${linkColumns} from links where message_id = link.message_id
          and (links.id = link.id or exists (select from session where "accountId" is not null))) as one) as links,
      (select jsonb_agg(file order by position) from (
        select ${fileColumns} from files where message_id = link.message_id) as file) as files
    from (values (true)) as always left join link on true
      left join lateral (select ${messageColumns} from messages where id = link.message_id) as message on true`
}

/**
 * Finds, in one statement, the session of a browser and all that decides what it may be given: it runs for every page and
 * every download. Somebody without a session has no `idHashes`.
 */
export async function findGrant({ db, keyring }: Rows, browser: BrowserSession, way: Way): Promise<Grant> {
  const [kind, value] = asked(way)
  const values = [browser.idHashes, browser.idleMinutes, value]
  const { rows } = await db.query<Row>(statements[kind], values, `find-grant-by-${kind}`)
  const { followed, session: sessionAsJson, links: all, files, tickets, ...found } = rows[0]!
  const session = readSession(keyring, sessionAsJson)
  const links = (all ?? []).map(linkFromJson).filter(link => isGenuineLink(keyring, link))
  const link = links.find(({ id }) => id === followed) ?? null
  const message = found.id === null ? null : (found as MessageRow)
  return {
    session,
    link: link && (!('token' in way) || isOfToken(keyring, link, way.token)) ? link : null,
    message: message && isGenuineMessage(keyring, message) ? message : null,
    links,
    files: files ?? [],
    tickets: session ? (tickets ?? []).map(ticketFromJson) : [],
  }
}

/** Null is no ticket. */
function asked(way: Way): [kind: keyof typeof statements, value: Buffer | string | null] {
  if ('token' in way) return ['token', hashToken(way.token)]
  const [kind, id] = 'ticket' in way ? (['ticket', way.ticket] as const) : (['zip', way.zip] as const)
  return [kind, uuid.test(id) ? id : null]
}
