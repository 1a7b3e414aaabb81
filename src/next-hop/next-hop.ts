import type { Chunks } from '#platform/chunks.ts'

/** An SMTP reply: `lines` are the texts after the code, with their enhanced codes, without line ends. */
export interface Reply {
  code: number
  lines: string[]
}

/**
 * One mail transaction at a time with the next hop, each verb with the next hop's own answer.
 * Any method throws `Failure('NEXT_HOP_AWAY')` when the line is lost, too slow, or talks nonsense, and
 * the session is then destroyed. After a reply of 421 the next transaction has a line of its own. Sessions
 * of `openNextHop` leave out parameters that the next hop does not know; where the mail cannot do without one, a
 * permanent `Failure` says so.
 */
export interface NextHopSession {
  /** The EHLO keywords, upper case, with their values: `SIZE` → `10240000`, `8BITMIME` → ''. Another next hop may have others after `mail`. */
  readonly extensions: ReadonlyMap<string, string>
  mail(address: string, parameters: string[]): Promise<Reply>
  rcpt(address: string, parameters: string[]): Promise<Reply>
  /**
   * DATA. The source is CRLF text, not dot-stuffed; nothing is changed in it but the dots. The final dot is
   * sent only when the source ended of itself, with a CRLF.
   * If the source fails, the line is dropped without the dot, so that the next hop keeps nothing, and the
   * source's own error is thrown. A refusal of DATA itself (before 354) is returned as the reply, the source unread;
   * one that comes in the middle of the mail is returned as well, and the source is destroyed.
   */
  data(source: Chunks): Promise<Reply>
  /** Ends the transaction (RSET where one is open) and gives the session back to be used again. */
  release(): void
  /** Drops the line at once: no QUIT, no final dot. */
  destroy(): void
}

/** The MTA that mail is handed to, or the best of several, or a Maildir. */
export interface NextHop {
  /** A session with EHLO (and STARTTLS, AUTH) done and no transaction open. Throws `Failure('NEXT_HOP_AWAY')`. */
  open(): Promise<NextHopSession>
  close(): Promise<void>
}
