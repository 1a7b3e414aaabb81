import type { Queryable } from './database.ts'
import type { SetValues } from '#options/option-records.ts'
import { optionSettings } from '#options/option-settings.ts'

/** What somebody has chosen for the messages that they write in the portal. */
export interface AccountSettings {
  signatureText: string
  /** Safe HTML; empty where the text is all there is. */
  signatureHtml: string
  /** Options, as far as they were chosen. */
  defaults: SetValues
}

/** What an account has chosen; nothing at all where it never did. */
export async function findAccountSettings(db: Queryable, accountId: string): Promise<AccountSettings> {
  const { rows } = await db.query<AccountSettings>(
    `select signature_text as "signatureText", signature_html as "signatureHtml", defaults
     from account_settings where account_id = $1`,
    [accountId],
  )
  const [row] = rows
  if (!row) return { signatureText: '', signatureHtml: '', defaults: {} }
  return { ...row, defaults: readDefaults(row.defaults) }
}

/** Options that are of no use any more, or never were, are as good as not chosen. */
function readDefaults(stored: unknown): AccountSettings['defaults'] {
  const entries = Object.entries(stored ?? {}).filter(
    ([name, value]) => optionSettings.safeParse({ [name]: value }).success,
  )
  return Object.fromEntries(entries)
}

export async function saveAccountSettings(db: Queryable, accountId: string, chosen: AccountSettings): Promise<void> {
  await db.query(
    `insert into account_settings (account_id, signature_text, signature_html, defaults) values ($1, $2, $3, $4)
     on conflict (account_id) do update set signature_text = $2, signature_html = $3, defaults = $4`,
    [accountId, chosen.signatureText, chosen.signatureHtml, JSON.stringify(chosen.defaults)],
  )
}
