/** Lets so many of a kind through in a minute. */
export interface FloodGuard {
  /** How many of this key were held back since one was let through; null where this one is held back as well. */
  admit(key: string): number | null
}

interface Count {
  since: number
  admitted: number
  heldBack: number
}

const windowMs = 60_000
/** More keys than this are not remembered: the oldest are forgotten first. */
const maxKeys = 10_000

/**
 * Asks several guards, the narrowest first, so that whoever is held back there takes nothing of what all have together. How
 * many were held back since one was let through, or null where one of them holds this one back.
 */
export function admitByAll(guards: [FloodGuard, key: string][]): number | null {
  let heldBack = 0
  for (const [guard, key] of guards) {
    const before = guard.admit(key)
    if (before === null) return null
    heldBack += before
  }
  return heldBack
}

/** Keeps what anybody can cause at will from filling what is kept for good. */
export function makeFloodGuard(maxPerMinute: number, now: () => number = Date.now): FloodGuard {
  const counts = new Map<string, Count>()
  const begin = (key: string): Count => {
    const before = counts.get(key)
    const isOver = before === undefined || before.since + windowMs <= now()
    if (!isOver) return before
    const count = { since: now(), admitted: 0, heldBack: before?.heldBack ?? 0 }
    counts.delete(key)
    counts.set(key, count)
    if (counts.size > maxKeys) counts.delete(counts.keys().next().value!)
    return count
  }
  return {
    admit(key) {
      const count = begin(key)
      if (count.admitted >= maxPerMinute) {
        count.heldBack += 1
        return null
      }
      const { heldBack } = count
      count.admitted += 1
      count.heldBack = 0
      return heldBack
    },
  }
}
