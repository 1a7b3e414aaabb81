import { Failure, isFailure } from '#failure.ts'
import { watchHostHealth, type HostHealth, type NamedNextHop } from './host-health.ts'
import type { NextHop, NextHopSession, Reply } from './next-hop.ts'

/**
 * Several next hops as one, in order of preference. A mail goes to the first that can be reached and answers MAIL with
 * anything but 421 (RFC 5321 section 3.8); from then on it stays with that one. `warn` hears, in a sentence, when a
 * next hop goes away and when it is back.
 */
export function openFailOver(hops: NamedNextHop[], warn: (sentence: string) => void): NextHop {
  const health = watchHostHealth(hops, warn)
  return {
    open: async () => createSession(await openFirst(health, new Set()), health),
    close: async () => {
      await Promise.all(hops.map(({ hop }) => hop.close()))
    },
  }
}

interface Opened {
  chosen: NamedNextHop
  session: NextHopSession
  /** Those that were tried for this mail. */
  tried: Set<NamedNextHop>
}

/** A session with the best of those that were not tried yet. Throws the last `NEXT_HOP_AWAY` where there is none. */
async function openFirst(health: HostHealth, tried: Set<NamedNextHop>): Promise<Opened> {
  let why: unknown = new Failure('NEXT_HOP_AWAY', {}, { cause: new Error('No next hop is left to try.') })
  for (const chosen of health.inOrder().filter(hop => !tried.has(hop))) {
    tried.add(chosen)
    try {
      return { chosen, session: await chosen.hop.open(), tried }
    } catch (error) {
      if (!isFailure(error, 'NEXT_HOP_AWAY')) throw error
      health.isAway(chosen, reasonOf(error))
      why = error
    }
  }
  throw why
}

function createSession(first: Opened, health: HostHealth): NextHopSession {
  /** Released, destroyed, or its line lost in the middle of a mail: there is nothing to go on with. */
  let over = false
  const current = createCurrent(first, health, () => over)

  const mail: NextHopSession['mail'] = async (address, parameters) => {
    try {
      const reply = await current.say(session => session.mail(address, parameters))
      if (reply.code === 421 && !over && (await current.goOver())) return mail(address, parameters)
      if (reply.code !== 421) health.isBack(current.hop())
      current.stay()
      return reply
    } catch (error) {
      if (over || !isFailure(error, 'NEXT_HOP_AWAY') || !(await current.goOver())) throw error
      return mail(address, parameters)
    }
  }
  return {
    get extensions() {
      return current.session().extensions
    },
    mail,
    rcpt: (address, parameters) =>
      current
        .say(session => session.rcpt(address, parameters))
        .catch((error: unknown) => {
          over ||= isFailure(error, 'NEXT_HOP_AWAY')
          throw error
        }),
    data: source =>
      current
        .say(session => session.data(source))
        .catch((error: unknown) => {
          over = true
          throw error
        }),
    release: () => {
      over = true
      current.session().release()
    },
    destroy: () => {
      over = true
      current.session().destroy()
    },
  }
}

/** The next hop that a session speaks to now. */
function createCurrent(first: Opened, health: HostHealth, isOver: () => boolean) {
  let { chosen, session, tried } = first

  /** Says a verb to it, and sees whether it is still there. */
  const say = async (verb: (session: NextHopSession) => Promise<Reply>) => {
    try {
      const reply = await verb(session)
      if (reply.code === 421) health.isAway(chosen, `It said 421 ${reply.lines.join(' ')}`)
      return reply
    } catch (error) {
      if (!isOver() && isFailure(error, 'NEXT_HOP_AWAY')) health.isAway(chosen, reasonOf(error))
      throw error
    }
  }
  /** Goes over to another one; false where there is none that can be reached. */
  const goOver = async () => {
    const next = await openFirst(health, tried).catch((error: unknown) => {
      if (isFailure(error, 'NEXT_HOP_AWAY')) return undefined
      throw error
    })
    // Whoever released or destroyed the session meanwhile did not know of that one.
    if (isOver()) next?.session.release()
    if (isOver() || !next) return false
    session.release()
    ;({ chosen, session, tried } = next)
    return true
  }
  /** It has answered: the next mail may try all the others again. */
  const stay = () => void (tried = new Set([chosen]))
  return { hop: () => chosen, session: () => session, say, goOver, stay }
}

function reasonOf(failure: Failure): string {
  return failure.cause instanceof Error ? failure.cause.message : failure.message
}
