import { findGrant } from '#database/grants.ts'
import type { LinkRow } from '#database/links.ts'
import type { Rows } from '#database/rows.ts'
import type { Language } from '#model.ts'
import { howItEnded } from './authorise-link.ts'

/**
 * Whether a code can be mailed for a link, decided: to whom; no, because there is another way to open it; or no, and
 * nobody may learn why.
 */
export type Mailbox =
  | { code: 'mailed'; link: LinkRow; lang: Language; isLive: boolean }
  | { code: 'not needed' }
  | { code: 'nobody to mail it to' }

/**
 * Finds whose mailbox a code goes to: the recipient's whose link it is, where that is an outsider. They get one for a
 * message that has ended, too, so that they can be told what happened to it.
 */
export async function findMailbox(rows: Rows, token: string): Promise<Mailbox> {
  const { link, message } = await findGrant(rows, { idHashes: [], idleMinutes: 0 }, { token })
  if (!link || !message) return { code: 'nobody to mail it to' }
  const isLive = howItEnded(message, link) === null
  const isOutsider = message.login !== 'none' && !link.isLocal
  if (isOutsider) return { code: 'mailed', link, lang: message.lang, isLive }
  return isLive || message.login === 'none' ? { code: 'not needed' } : { code: 'nobody to mail it to' }
}
