import type { NextHop } from './next-hop.ts'

/** How long a next hop that has gone away is left alone: growing from the first to the last, each twice the one before. */
const firstPauseMilliseconds = 1000
const longestPauseMilliseconds = 30_000

export interface NamedNextHop {
  name: string
  hop: NextHop
}

/** Which of several next hops are well, as far as is known. */
export interface Attendance {
  /** All of them, best first: those that are well in their own order, then those that are away, the next to be looked for first. */
  inOrder(): NamedNextHop[]
  isBack(hop: NamedNextHop): void
  isAway(hop: NamedNextHop, why: string): void
}

interface Absence {
  hop: NamedNextHop
  pauseMilliseconds: number
  /** On the clock of `performance`; Infinity while somebody looks for it. */
  lookAgainAt: number
}

/**
 * Keeps the attendance of these next hops; at first, all are well. One that is away is looked for when its pause is over
 * and a mail comes by, without that mail having to wait. `warn` hears, in a sentence, of comings and goings.
 */
export function keepAttendance(hops: NamedNextHop[], warn: (sentence: string) => void): Attendance {
  const absences = new Map<NamedNextHop, Absence>()

  const isBack = (hop: NamedNextHop) => {
    if (absences.delete(hop)) warn(`The next hop ${hop.name} is back.`)
  }
  const isAway = (hop: NamedNextHop, why: string) => {
    // Many mails may find it out at the same time.
    if (absences.has(hop)) return
    absences.set(hop, { hop, ...pauseFor(firstPauseMilliseconds) })
    warn(`The next hop ${hop.name} is away; others are tried. ${why}`)
  }
  const look = async (absence: Absence) => {
    absence.lookAgainAt = Infinity
    if (await answersMail(absence.hop.hop)) isBack(absence.hop)
    else Object.assign(absence, pauseFor(absence.pauseMilliseconds * 2))
  }
  return {
    inOrder: () => {
      const now = performance.now()
      const away = [...absences.values()].toSorted((one, other) => one.lookAgainAt - other.lookAgainAt)
      for (const absence of away) if (absence.lookAgainAt <= now) void look(absence)
      return [...hops.filter(hop => !absences.has(hop)), ...away.map(({ hop }) => hop)]
    },
    isBack,
    isAway,
  }
}

function pauseFor(milliseconds: number) {
  const pauseMilliseconds = Math.min(milliseconds, longestPauseMilliseconds)
  return { pauseMilliseconds, lookAgainAt: performance.now() + pauseMilliseconds }
}

/** Begins a transaction and gives it up: a connection that was kept says nothing of the next hop until it is used. */
async function answersMail(hop: NextHop): Promise<boolean> {
  try {
    const session = await hop.open()
    const answer = session.mail('', [])
    return await answer.then(({ code }) => code !== 421).finally(session.release)
  } catch {
    return false // It is known to be away: nobody needs to hear that it still is.
  }
}
