import type { Queryable } from './database.ts'

/** What somebody fetched of a message first. */
export interface Receipt {
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

/** The receipt of a person for a message; null where the message is forgotten. */
export async function findReceipt(db: Queryable, messageId: string, person: string): Promise<Receipt | null> {
  const { rows } = await db.query<Receipt>(
    `select recipient, account_name as "accountName", person like 'link:%' as "isRecipient", first_at as "firstAt",
       array(
         select coalesce(name, '') from files where files.message_id = receipts.message_id and kind <> 'body' and exists (
           select from downloads where file_id = files.id and person = receipts.person and first_byte_at is not null)
         order by position) as files,
       exists (
         select from files join downloads on file_id = files.id
         where files.message_id = receipts.message_id and kind = 'body' and person = receipts.person
           and first_byte_at is not null) as text
     from receipts join links on links.id = coalesce(
       (select id from links as own where 'link:' || own.id = person and own.message_id = receipts.message_id), link_id)
     where receipts.message_id = $1 and person = $2`,
    [messageId, person],
  )
  return rows[0] ?? null
}
