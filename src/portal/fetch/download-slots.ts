import { Failure } from '#failure.ts'

/** A download that is under way. */
export interface Slot {
  /** To be called whenever the client has taken something. */
  moved(): void
  /** Makes room for another one. */
  free(): void
}

/** Bounds how many downloads are under way at the same time: each holds a segment in memory. */
export interface Slots {
  /**
   * Takes one for a session. Where all are taken, the one whose client has taken nothing for longest is cut off, if that
   * is long enough. Throws `DOWNLOADS_OF_SESSION` and `DOWNLOADS_AT_ONCE`.
   */
  take(session: string, cutOff: () => void): Slot
}

/** A client that takes nothing for so long keeps nobody else from a download: it can resume its own. */
const stalledMs = 30_000

export function makeSlots(
  { downloadsAtOnce, downloadsPerSession }: { downloadsAtOnce: number; downloadsPerSession: number },
  now: () => number = Date.now,
): Slots {
  // In the order in which they last moved.
  const taken = new Map<symbol, { session: string; movedAt: number; cutOff: () => void }>()
  const cutOffStalled = () => {
    for (const [id, { movedAt, cutOff }] of taken) {
      if (movedAt + stalledMs > now()) return false
      taken.delete(id)
      cutOff()
      return true
    }
    return false
  }
  return {
    take(session, cutOff) {
      const own = [...taken.values()].filter(other => other.session === session)
      if (own.length >= downloadsPerSession) throw new Failure('DOWNLOADS_OF_SESSION', { atOnce: downloadsPerSession })
      if (taken.size >= downloadsAtOnce && !cutOffStalled()) throw new Failure('DOWNLOADS_AT_ONCE')
      const id = Symbol(session)
      taken.set(id, { session, movedAt: now(), cutOff })
      return {
        moved() {
          if (taken.delete(id)) taken.set(id, { session, movedAt: now(), cutOff })
        },
        free: () => void taken.delete(id),
      }
    },
  }
}
