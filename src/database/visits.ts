import type { Queryable } from './database.ts'

/** Pages of a message that were shown to a person by one link, and that the audit has no entries of. */
export interface Visits {
  /** Of the link's token. */
  tokenHash: Buffer
  /** Whom they count for: `link:<uuid>` or `account:<id>`. */
  person: string
  /** Whether they gave themselves away as those of a scanner or a preview. */
  automatic: boolean
  times: number
}

/** How often a person (`link:<uuid>`, `account:<id>`) was shown the page of a message. */
export interface VisitsRow {
  person: string
  /** By what gave itself away as no person: a scanner, a preview. */
  automatic: boolean
  times: number
  first: Date
  last: Date
}

/**
 * How visits are counted, by a statement that may write more. `visits` names rows of message_id, person, automatic and
 * times. They are written in one order, so that two statements never wait for each other.
 */
export const visitRows = {
  insert: (visits: string) =>
    `insert into visits (message_id, person, automatic, times)
     select message_id, person, automatic, sum(times) from ${visits}
     group by message_id, person, automatic order by message_id, person, automatic
     on conflict (message_id, person, automatic)
       do update set times = visits.times + excluded.times, last_at = excluded.last_at`,
}

/** Counts visits without entering them in the audit. Those of links that are not there are left out. */
export async function countVisits(db: Queryable, visits: Visits[]): Promise<void> {
  const rows = visits.map(({ tokenHash, ...visit }) => ({ ...visit, token: tokenHash.toString('hex') }))
  // The limit tells the planner how few they are, so that it does not read whole tables for them.
  await db.query(
    visitRows.insert(
      `(select * from jsonb_to_recordset($1::jsonb) as given (token text, person text, automatic boolean, times integer)
        limit $2) as given join links on token_hash = decode(token, 'hex')`,
    ),
    [JSON.stringify(rows), rows.length],
  )
}

/** Who was shown the page of a message, those who came first before others. */
export async function findVisits(db: Queryable, messageId: string): Promise<VisitsRow[]> {
  const { rows } = await db.query<VisitsRow>(
    `select person, automatic, times, first_at as first, last_at as last from visits where message_id = $1 order by first_at`,
    [messageId],
  )
  return rows
}
