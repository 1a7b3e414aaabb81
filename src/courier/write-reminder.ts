import { isReminderWanted } from '#database/reminders.ts'
import { findCopy } from '#courier/claim/find-copy.ts'
import type { CourierDeps } from './courier-deps.ts'
import type { Notice } from '#database/notices.ts'
import { reminder } from '#courier/rewrite/reminder.ts'

/** The reminder that belongs to a notice and a link; null where there is nothing to remind of any more. */
export async function writeReminder(
  deps: Pick<CourierDeps, 'settings' | 'db' | 'masterKeys' | 'keyring'>,
  { id, linkId, from }: { id: string; linkId: string; from: string },
): Promise<Notice | null> {
  if (!(await isReminderWanted(deps.db, linkId))) return null
  const { portal, gateway, organisation } = deps.settings
  const copy = await findCopy({ ...deps, portalUrl: portal.url }, linkId)
  if (copy?.state !== 'ready') return null
  const { message, files, link, url } = copy
  const mail = await reminder({
    message: { ...message, slots: [] },
    files,
    link: { ...link, url },
    organisation,
    from,
    messageId: `${id}@${gateway.hostname}`,
    now: new Date(),
  })
  return { sender: from, recipient: link.recipient, mail }
}
