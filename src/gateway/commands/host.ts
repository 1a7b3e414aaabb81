import type { SecureContext } from 'node:tls'
import type { Logger } from 'pino'
import type { Client, Session, Transaction } from '#gateway/accept/client.ts'
import type { Wire } from '#gateway/accept/connection.ts'
import type { Account, Language } from '#model.ts'
import type { NextHop, Reply } from '#next-hop/next-hop.ts'
import type { Chunks } from '#platform/chunks.ts'
import type { Settings } from '#settings/schema.ts'
import type { CommandLines } from './command-lines.ts'
import type { LogIn } from './log-in.ts'

/** Processes a mail whose envelope has been accepted. Returns the final reply. */
type OnMail = (client: Client, transaction: Transaction, mail: Chunks) => Promise<Reply>

/** All conversations of a listener share it. */
export interface Host {
  settings: Settings['gateway']
  /** The organisation's; senders are told of failures in it first. */
  language: Language
  log: Logger
  nextHop: NextHop
  logIn: LogIn
  onMail: OnMail
  /** Undefined if there is no TLS; then there is no login either. */
  secureContext: SecureContext | undefined
  mayRelay(session: Session): boolean
  /** One promise for each mail that is being processed. */
  running: Set<Promise<unknown>>
  /** True while Kuvert stops: a client whose mail has been answered is told to come back later. */
  isClosing(): boolean
}

/** One client while it is connected; commands are answered with it. */
export interface Conversation {
  host: Host
  wire: Wire
  session: Session
  lines: CommandLines
  /** Sends the reply, and closes the connection after 221 and 421. */
  say(reply: Reply): void
  /** The client has logged in. */
  welcome(account: Account): void
  /** Tells the client that it was silent for too long, and closes the connection. */
  leaveForSilence(): void
  /** Set from DATA until its reply: `cutOff` is called if the client goes away meanwhile. */
  receiving: { cutOff(): void } | undefined
  /** How many commands since the last mail were not known. */
  unrecognised: number
}
