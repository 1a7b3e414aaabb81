import { noteTimeZone } from '#platform/time-zone.ts'

/**
 * Makes this the time zone of the process, for every date that is shown and every day that ends. Call it before threads
 * are started: they take it from there. `name` must be one that `readTimeZone` knows.
 */
export function useTimeZone(name: string): void {
  process.env['TZ'] = noteTimeZone(name)
}
