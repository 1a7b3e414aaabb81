import type { Database } from '#database/database.ts'
import { queueReminders } from '#database/reminders.ts'
import { notificationsFrom } from '#settings/notifications-from.ts'
import type { Settings } from '#settings/schema.ts'

const atOnce = 200

/**
 * Queues a reminder to each recipient who has fetched nothing of a message that ends soon: one, ever. The courier
 * writes it when it sends it, since a link is a secret that is not stored.
 */
export async function remind(
  db: Database,
  settings: Pick<Settings, 'reminders' | 'courier' | 'gateway'>,
): Promise<void> {
  const { daysBeforeExpiry, notBelowDays } = settings.reminders
  if (daysBeforeExpiry === null) return
  const sender = notificationsFrom(settings)
  while ((await queueReminders(db, { daysBeforeExpiry, notBelowDays, sender }, atOnce)) === atOnce);
}
