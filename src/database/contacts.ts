import { randomUUID } from 'node:crypto'
import type { Queryable } from '#database/database.ts'

/** Whom an account writes to by a name of its own; one with several addresses is a group. */
export interface ContactRow {
  id: string
  name: string
  addresses: string[]
}

const columns = 'id, name, addresses'

/** The contacts of an account, by name. */
export async function findContacts(db: Queryable, accountId: string): Promise<ContactRow[]> {
  const { rows } = await db.query<ContactRow>(
    `select ${columns} from contacts where account_id = $1 order by lower(name), id`,
    [accountId],
  )
  return rows
}

/** Adds contacts; those whose name is there already, in any case, get the new addresses. */
export async function saveContacts(
  db: Queryable,
  accountId: string,
  contacts: Omit<ContactRow, 'id'>[],
): Promise<void> {
  for (const { name, addresses } of contacts) {
    await db.query(
      `insert into contacts (id, account_id, name, addresses) values ($1, $2, $3, $4)
       on conflict (account_id, lower(name)) do update set name = $3, addresses = $4`,
      [randomUUID(), accountId, name, addresses],
    )
  }
}

/** Changes a contact of the account. False where it is gone, or another one has the name. */
export async function updateContact(db: Queryable, accountId: string, contact: ContactRow): Promise<boolean> {
  const { rowCount } = await db.query(
    `update contacts set name = $3, addresses = $4 where id = $1 and account_id = $2
     and not exists (select from contacts where account_id = $2 and lower(name) = lower($3) and id <> $1)`,
    [contact.id, accountId, contact.name, contact.addresses],
  )
  return rowCount === 1
}

export async function deleteContact(db: Queryable, accountId: string, id: string): Promise<void> {
  await db.query('delete from contacts where id = $1 and account_id = $2', [id, accountId])
}
