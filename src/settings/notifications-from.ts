import type { Settings } from './schema.ts'

/** The settings that say it. */
interface Needed {
  courier: Pick<Settings['courier'], 'notificationsFrom'>
  gateway: Pick<Settings['gateway'], 'hostname'>
}

/** The bare address that mails which Kuvert writes itself are from. */
export function notificationsFrom({ courier, gateway }: Needed): string {
  return courier.notificationsFrom ?? `kuvert@${gateway.hostname}`
}
