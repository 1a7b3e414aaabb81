import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { SecureContext } from 'node:tls'
import { Failure, isFailure } from '#failure.ts'
import type { Reply } from '#next-hop/next-hop.ts'
import type { Session } from './client.ts'
import type { ConnectionLimit, Place } from './connection-limit.ts'
import { readProxyLine } from './proxy-line.ts'
import { replyFor } from './smtp-reply.ts'
import { openWire, type Wire } from './connection.ts'

/** Who may connect. */
export interface Gate {
  /** Whether this peer puts a PROXY line first. */
  isProxy(address: string): boolean
  /** Whether this client may send without a login. */
  isTrusted(address: string): boolean
  connections: ConnectionLimit
  /** Connections in their TLS handshake, which are no SMTP connections yet. */
  handshakes: ConnectionLimit
  /** Given where TLS comes before anything else. */
  tlsFirst: SecureContext | undefined
  /** For how long a client may be silent, in milliseconds. */
  silence: { ofStrangers: number; ofOthers: number }
}

/** Somebody who has been let in. */
export interface Arrived {
  wire: Wire
  session: Session
  place: Place
}

/**
 * Finds out who connects, and counts it from its first moment. Returns undefined where it is not let in; the socket is
 * then closed, or will be.
 */
export async function letIn(gate: Gate, socket: Socket): Promise<Arrived | undefined> {
  const peer = socket.remoteAddress ?? ''
  const named = gate.isProxy(peer) ? await whomItSpeaksFor(socket, gate.silence.ofStrangers) : peer
  if (named === undefined) return undefined
  const remoteAddress = (named ?? peer).toLowerCase().replace(/^::ffff:/, '')
  // A balancer that does not know whom it speaks for speaks for a stranger, wherever it stands itself.
  const client = { remoteAddress, isTrusted: named !== null && gate.isTrusted(remoteAddress) }
  const wire = openWire(socket, client.isTrusted ? gate.silence.ofOthers : gate.silence.ofStrangers)
  if (gate.tlsFirst) await shakeHands(gate.handshakes, wire, client, gate.tlsFirst)
  const place = wire.isOver() ? undefined : countIn(gate.connections, wire, client)
  if (!place) return undefined
  // What is there before our greeting is read in the turn between these two.
  await nextTurn()
  await nextTurn()
  if (wire.hasSaid()) {
    wire.reply(replyFor(new Failure('TALKED_TOO_SOON')))
    wire.part()
  }
  if (wire.isOver()) return undefined
  const id = randomBytes(9).toString('base64url')
  const nobodyYet = { greeting: '', extended: false, account: null, mail: undefined, mails: 0 }
  return { wire, place, session: { id, ...client, encrypted: gate.tlsFirst !== undefined, ...nobodyYet } }
}

type Client = Pick<Session, 'remoteAddress' | 'isTrusted'>

/** The address that a balancer names, null where it knows none, undefined where it does not speak as one. */
async function whomItSpeaksFor(socket: Socket, timeoutMilliseconds: number): Promise<string | null | undefined> {
  try {
    return await readProxyLine(socket, timeoutMilliseconds)
  } catch {
    // Nobody is there to be told: a balancer never says anything else.
    socket.destroy()
    return undefined
  }
}

async function shakeHands(limit: ConnectionLimit, wire: Wire, client: Client, context: SecureContext): Promise<void> {
  const entered = enter(limit, client)
  if ('code' in entered) return wire.drop()
  await wire.startTls(context)
  entered.leave()
}

function countIn(limit: ConnectionLimit, wire: Wire, client: Client): Place | undefined {
  const entered = enter(limit, client)
  if ('leave' in entered) {
    wire.whenClosed(entered.leave)
    return entered
  }
  wire.reply(entered)
  // Not held open for a client that does not hang up.
  wire.drop()
  return undefined
}

/** Counts in, or says why not. */
function enter(limit: ConnectionLimit, { remoteAddress, isTrusted }: Client): Place | Reply {
  try {
    return limit.enter(remoteAddress, isTrusted)
  } catch (error) {
    if (isFailure(error, 'TOO_MANY_CONNECTIONS')) return replyFor(error)
    throw error
  }
}
