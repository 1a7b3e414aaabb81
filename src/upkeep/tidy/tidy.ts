import type { Database } from '#database/database.ts'
import { deleteOldCodes } from '#database/codes.ts'
import { giveBackUnusedTickets } from '#database/downloads.ts'
import { deleteOldDrafts } from '#database/drafts.ts'
import { deleteOldLoginFailures } from '#database/login-failures.ts'
import { deleteOldLoginPlaces } from '#database/login-places.ts'
import { deleteEndedSessions } from '#database/sessions.ts'
import type { Settings } from '#settings/schema.ts'

/**
 * Gives back the tickets that ended with no byte sent, and forgets what no longer counts: sessions, codes, failed logins, and
 * messages that somebody began to write and never sent.
 */
export async function tidy(
  db: Database,
  { portal, gateway, compose }: Pick<Settings, 'portal' | 'gateway' | 'compose'>,
): Promise<void> {
  // Some at a time: however many somebody has caused, no statement takes so long that it is cut off.
  while ((await giveBackUnusedTickets(db)) > 0);
  while ((await deleteEndedSessions(db, portal.sessionIdleMinutes)) > 0);
  while ((await deleteOldCodes(db)) > 0);
  while ((await deleteOldDrafts(db, compose.draftDays)) > 0);
  while ((await deleteOldLoginFailures(db, gateway.limits.failedLoginMinutes)) > 0);
  while ((await deleteOldLoginPlaces(db)) > 0);
}
