import type { Queryable } from './database.ts'
import { canonical } from '#mail/address.ts'

/** Whom an account writes to by a name of its own; one with several addresses is a group. */
export interface ContactRow {
  id: string
  name: string
  addresses: string[]
}

const columns = 'id, name, addresses'

/** The contacts of an account. Their order is for whoever knows the language of their names. */
export async function findContacts(db: Queryable, accountId: string): Promise<ContactRow[]> {
  const { rows } = await db.query<ContactRow>(`select ${columns} from contacts where account_id = $1`, [accountId])
  return rows
}

/** Adds contacts, but for those whose name another one has got meanwhile. Returns how many. */
export async function insertContacts(
  db: Queryable,
  accountId: string,
  contacts: Omit<ContactRow, 'id'>[],
): Promise<number> {
  const { rowCount } = await db.query(
    `insert into contacts (id, account_id, name, name_key, addresses)
     select gen_random_uuid(), $1, name, key, array(select jsonb_array_elements_text(addresses))
     from jsonb_to_recordset($2) as given (name text, key text, addresses jsonb)
     on conflict (account_id, name_key) do nothing`,
    [accountId, JSON.stringify(contacts.map(contact => ({ ...contact, key: canonical(contact.name) })))],
  )
  return rowCount ?? 0
}

/** Changes a contact of the account. False where it is gone, or another one has the name. */
export async function updateContact(db: Queryable, accountId: string, contact: ContactRow): Promise<boolean> {
  const { rowCount } = await db.query(
    `update contacts set name = $3, name_key = $5, addresses = $4 where id = $1 and account_id = $2
     and not exists (select from contacts where account_id = $2 and name_key = $5 and id <> $1)`,
    [contact.id, accountId, contact.name, contact.addresses, canonical(contact.name)],
  )
  return rowCount === 1
}

/** Gives contacts of the account other addresses. */
export async function updateAddresses(
  db: Queryable,
  accountId: string,
  contacts: Pick<ContactRow, 'id' | 'addresses'>[],
): Promise<void> {
  await db.query(
    `update contacts set addresses = array(select jsonb_array_elements_text(given.addresses))
     from jsonb_to_recordset($2) as given (id uuid, addresses jsonb)
     where contacts.id = given.id and account_id = $1`,
    [accountId, JSON.stringify(contacts)],
  )
}

export async function deleteContact(db: Queryable, accountId: string, id: string): Promise<void> {
  await db.query('delete from contacts where id = $1 and account_id = $2', [id, accountId])
}
