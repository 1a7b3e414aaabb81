let current: string | undefined

/** A time zone by its name in the IANA database, as that spells it: `Europe/Stockholm`. Null for what is no such name. */
export function readTimeZone(name: string): string | null {
  // An offset is no name: it knows no summer time, and +02:00 means the opposite to programs that read TZ.
  if (!/^[a-z]/i.test(name)) return null
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    return null
  }
}

/** The time zone that the machine, or TZ, says; UTC if neither says one that is known. */
export function machineTimeZone(): string {
  return (Intl.DateTimeFormat().resolvedOptions().timeZone as string | undefined) ?? 'UTC'
}

/** Notes that this is the time zone of the process, and returns its name as the IANA database spells it. */
export function noteTimeZone(name: string): string {
  current = readTimeZone(name) ?? name
  return current
}

/** The time zone of the process. */
export function timeZone(): string {
  return (current ??= machineTimeZone())
}
