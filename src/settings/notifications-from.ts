import type { Settings } from './schema.ts'

/** The bare address that mails which Kuvert writes itself are from. */
export function notificationsFrom({ courier, gateway }: Pick<Settings, 'courier' | 'gateway'>): string {
  return courier.notificationsFrom ?? `kuvert@${gateway.hostname}`
}
