/** Sleep that can be ended. */
export interface Alarm {
  /** From now on, a ring counts for the next sleep. */
  set(): void
  ring(): void
  /** Resolves after so long, or when it rings; at once, where it has rung since it was set. */
  sleep(milliseconds: number): Promise<void>
}

export function makeAlarm(): Alarm {
  let rung = false
  let wake = () => undefined as void
  return {
    set() {
      rung = false
    },
    ring() {
      rung = true
      wake()
    },
    sleep: milliseconds =>
      new Promise<void>(resolve => {
        if (rung) return resolve()
        const timer = setTimeout(resolve, milliseconds)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      }),
  }
}
