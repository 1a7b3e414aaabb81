import type { Queryable } from './database.ts'

/** What somebody fetched of a message first. */
export interface Receipt {
  messageId: string
  /** Of the link that they followed. */
  recipient: string
  /** Where they had logged in with an account: `Anna Åkesson`. */
  accountName: string | null
  /** Whether they are the link's recipient, and not another local who has the link. */
  isRecipient: boolean
  firstAt: Date
  /** The names of the files that they have fetched by now, empty ones of a private message's, and whether the text is among what they opened. */
  files: string[]
  text: boolean
}

const hasFetched = `exists (
  select from downloads where file_id = files.id and first_byte_at is not null
    and (downloads.person_link = receipts.person_link or downloads.person_account = receipts.person_account))`

/** Of a message, who fetched something of it first, and what; null if the message is forgotten. */
export async function findReceipt(db: Queryable, id: string): Promise<Receipt | null> {
  const { rows } = await db.query<Receipt>(
    `select receipts.message_id as "messageId", recipient, account_name as "accountName",
       person_link is not null as "isRecipient", first_at as "firstAt",
       array(
         select coalesce(name, '') from files
         where files.message_id = receipts.message_id and kind <> 'body' and ${hasFetched}
         order by position) as files,
       exists (
         select from files where files.message_id = receipts.message_id and kind = 'body' and ${hasFetched}) as text
     from receipts join links on links.id = coalesce(
       (select id from links as own where own.id = person_link and own.message_id = receipts.message_id), link_id)
     where receipts.id = $1`,
    [id],
  )
  return rows[0] ?? null
}
