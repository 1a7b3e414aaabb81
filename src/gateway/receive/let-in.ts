import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { SecureContext } from 'node:tls'
import { isFailure } from '#failure.ts'
import type { Reply } from '#next-hop/next-hop.ts'
import type { Session } from './client.ts'
import type { ConnectionLimit } from './connection-limit.ts'
import { readProxyLine } from './proxy-line.ts'
import { replyFor } from './smtp-reply.ts'
import { openWire, type Wire } from './wire.ts'

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
  idleMilliseconds: number
}

const tooSoon: Reply = { code: 421, lines: ['4.7.0 You talk before you are greeted'] }

/**
 * Finds out who connects, and counts it from its first moment. Returns undefined where it is not let in; the socket is
 * then closed, or will be.
 */
export async function letIn(gate: Gate, socket: Socket): Promise<{ wire: Wire; session: Session } | undefined> {
  const peer = socket.remoteAddress ?? ''
  const named = gate.isProxy(peer) ? await whomItSpeaksFor(socket, gate.idleMilliseconds) : peer
  if (named === undefined) return undefined
  const remoteAddress = (named ?? peer).toLowerCase().replace(/^::ffff:/, '')
  const wire = openWire(socket, gate.idleMilliseconds)
  if (gate.tlsFirst) await shakeHands(gate.handshakes, wire, remoteAddress, gate.tlsFirst)
  if (wire.isOver() || !isCountedIn(gate.connections, wire, remoteAddress)) return undefined
  // What is there before our greeting is read in the turn between these two.
  await nextTurn()
  await nextTurn()
  if (wire.hasSaid()) {
    wire.reply(tooSoon)
    wire.part()
  }
  if (wire.isOver()) return undefined
  const id = randomBytes(9).toString('base64url')
  // A balancer that does not know whom it speaks for speaks for a stranger, wherever it stands itself.
  const isTrusted = named !== null && gate.isTrusted(remoteAddress)
  const nobodyYet = { greeting: '', extended: false, account: null, mail: undefined, mails: 0 }
  return {
    wire,
    session: { id, remoteAddress, isTrusted, encrypted: gate.tlsFirst !== undefined, ...nobodyYet },
  }
}

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

async function shakeHands(limit: ConnectionLimit, wire: Wire, address: string, context: SecureContext): Promise<void> {
  const entered = enter(limit, address)
  if ('code' in entered) return wire.drop()
  await wire.startTls(context)
  entered.leave()
}

function isCountedIn(limit: ConnectionLimit, wire: Wire, address: string): boolean {
  const entered = enter(limit, address)
  if ('leave' in entered) {
    wire.whenClosed(entered.leave)
    return true
  }
  wire.reply(entered)
  // Not held open for a client that does not hang up.
  wire.drop()
  return false
}

/** Counts in, or says why not. */
function enter(limit: ConnectionLimit, address: string): { leave: () => void } | Reply {
  try {
    return { leave: limit.enter(address) }
  } catch (error) {
    if (isFailure(error)) return replyFor(error)
    throw error
  }
}
