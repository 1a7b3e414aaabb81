import { simpleParser, type ParsedMail } from 'mailparser'
import { openNotice } from '#database/notices.ts'
import type { Database } from '#database/database.ts'
import type { Rows } from '#database/rows.ts'

/** The mails that the portal has queued for somebody, the oldest first. */
export async function mailsTo(
  { db, keyring }: Rows,
  recipient: string,
): Promise<(ParsedMail & { raw: Buffer; envelopeFrom: string })[]> {
  const { rows } = await db.query<{ id: string; mail: Buffer; sender: string; linkKeyId: string }>(
    'select id, mail, sender, link_key_id as "linkKeyId" from notices where recipient = $1 order by created_at, id',
    [recipient],
  )
  return Promise.all(
    rows.map(async ({ sender, ...row }) => {
      const raw = openNotice(keyring, { ...row, sender, recipient })!
      return { ...(await simpleParser(raw)), raw, envelopeFrom: sender }
    }),
  )
}

/** The code in the latest of them: what stands alone on a line. */
export async function mailedCode(rows: Rows, recipient: string): Promise<string> {
  return codeIn((await mailsTo(rows, recipient)).at(-1)?.text ?? '')
}

export function codeIn(text: string): string {
  const [code = 'none', ...others] = text.split(/\r?\n/).filter(line => /^\d+$/.test(line))
  if (others.length > 0) throw new Error('There is more than one code in the mail.')
  return code
}

/** Another code than this one. */
export function wrongCode(code: string): string {
  return String((Number(code) + 1) % 1_000_000).padStart(6, '0')
}

/** Makes every code a minute older: whoever asks again within one is mailed no other. */
export async function aMinuteLater(db: Database): Promise<void> {
  await db.query("update codes set asked_at = asked_at - interval '61 seconds'")
}
