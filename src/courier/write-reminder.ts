import { isReminderWanted } from '#database/reminders.ts'
import { findCopy } from './claim/find-copy.ts'
import type { CourierParts } from './deliver-mail.ts'
import { reminder } from './rewrite/reminder.ts'

/** The reminder that belongs to a notice and a link; null where there is nothing to remind of any more. */
export async function writeReminder(
  parts: Pick<CourierParts, 'settings' | 'db' | 'masterKeys' | 'linkKey'>,
  { id, linkId, from }: { id: string; linkId: string; from: string },
): Promise<Buffer | null> {
  if (!(await isReminderWanted(parts.db, linkId))) return null
  const { portal, gateway, organisation } = parts.settings
  const copy = await findCopy({ ...parts, portalUrl: portal.url }, linkId)
  if (!copy || !('files' in copy)) return null
  const { message, files, link, url } = copy
  return reminder({
    message: { ...message, slots: [] },
    files,
    link: { ...link, url },
    organisation,
    from,
    messageId: `${id}@${gateway.hostname}`,
    now: new Date(),
  })
}
