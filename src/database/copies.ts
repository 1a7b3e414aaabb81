import type { Queryable } from './database.ts'
import { fileColumns, type FileRow } from './files.ts'
import { linkColumns, linkFromJson, type LinkAsJson, type LinkRow, type NewLink } from './links.ts'
import { messageColumns, type MessageRow, type NewMessage } from './messages.ts'
import type { StoredFile, StoredSlim } from '#model.ts'

/** All that is stored of one recipient's copy; its files sealed, or opened. */
export interface CopyRows<File = StoredFile> {
  link: LinkRow
  message: MessageRow
  /** In the order of the mail. */
  files: File[]
  slim: StoredSlim
}

/** A link with its message and the message's files, in one statement: it runs for every copy. Nobody has checked their seals. */
export async function findCopyRows(db: Queryable, linkId: string): Promise<CopyRows<FileRow> | null> {
  const { rows } = await db.query<
    MessageRow & { link: LinkAsJson; files: FileRow[] | null; slimSealed: Buffer | null }
  >(
    `select message.*, to_jsonb(link) as link,
       (select jsonb_agg(file order by position) from (
         select ${fileColumns} from files where message_id = message.id) as file) as files
     from (select ${linkColumns} from links where id = $1) as link,
       lateral (select ${messageColumns}, slim_sealed as "slimSealed" from messages where id = link."messageId") as message`,
    [linkId],
    'find-copy',
  )
  if (!rows[0]) return null
  const { link, files, slimSealed, ...message } = rows[0]
  const slim = { key: message.slimObjectKey, sizeBytes: message.slimSizeBytes, sealed: slimSealed }
  return { link: linkFromJson(link), message, files: files ?? [], slim }
}

/** What `findCopyRows` finds of a link that was written a moment ago, but for the time of that. */
export function freshCopyRows(
  { message, files }: { message: NewMessage; files: StoredFile[] },
  { tokenHash: _hash, sameMail: _key, ...link }: NewLink,
): CopyRows {
  const { slimSealed: sealed, ...row } = message
  return {
    link: { ...link, revokedAt: null },
    message: { ...row, createdAt: new Date(), endedAt: null, revoked: false },
    files,
    slim: { key: row.slimObjectKey, sizeBytes: row.slimSizeBytes, sealed },
  }
}
