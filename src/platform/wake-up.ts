/** A sleep that can be ended early, for a loop that works and then sleeps. */
export interface WakeUp {
  /** Called before the work: a wake-up that comes from now on is not lost, but ends the next sleep at once. */
  arm(): void
  wake(): void
  /** Resolves after so long, or at the next wake-up. */
  sleep(milliseconds: number): Promise<void>
}

export function makeWakeUp(): WakeUp {
  let isWoken = false
  let endSleep = () => undefined as void
  return {
    arm() {
      isWoken = false
    },
    wake() {
      isWoken = true
      endSleep()
    },
    sleep: milliseconds =>
      new Promise<void>(resolve => {
        if (isWoken) return resolve()
        const timer = setTimeout(resolve, milliseconds)
        endSleep = () => {
          clearTimeout(timer)
          resolve()
        }
      }),
  }
}
