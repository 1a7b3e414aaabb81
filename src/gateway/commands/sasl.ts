import type { Reply } from '#next-hop/next-hop.ts'
import { commandReplies } from './command-replies.ts'

/** What a client logs in with. */
export interface Offered {
  login: string
  password: string
  /** Whom it wants to act for (RFC 4616); empty for itself. */
  actingFor: string
}

const { loginGivenUp: aborted, loginUnreadable: unreadable, loginUnknown: unknown } = commandReplies

/** Asks the client something (334) and returns its answer; undefined where it has gone. */
type Ask = (challenge: string) => Promise<string | undefined>

/** Reads the exchange of AUTH PLAIN (RFC 4616) or AUTH LOGIN. Returns the reply where it is no login. */
export async function readLogin(words: string[], ask: Ask): Promise<Offered | Reply> {
  const [mechanism = '', initial, ...more] = words
  if (more.length > 0) return unreadable
  if (mechanism.toUpperCase() === 'PLAIN') return readPlain(initial, ask)
  if (mechanism.toUpperCase() === 'LOGIN') return readUserAndPassword(initial, ask)
  return unknown
}

async function readPlain(initial: string | undefined, ask: Ask): Promise<Offered | Reply> {
  const answer = initial ?? (await ask(''))
  if (answer === undefined || answer === '*') return aborted
  const fields = decode(answer).split('\0')
  if (fields.length !== 3) return unreadable
  const [actingFor, name, password] = fields as [string, string, string]
  // Many clients name themselves in the first field alone.
  const login = name || actingFor
  return isName(login) && isName(actingFor) ? { login, password, actingFor } : unreadable
}

async function readUserAndPassword(initial: string | undefined, ask: Ask): Promise<Offered | Reply> {
  const name = initial ?? (await ask(encode('Username:')))
  if (name === undefined || name === '*') return aborted
  const login = decode(name)
  if (login === '' || !isName(login)) return unreadable
  const password = await ask(encode('Password:'))
  if (password === undefined || password === '*') return aborted
  return { login, password: decode(password), actingFor: '' }
}

/** Logins come into logs and into the directory. */
function isName(text: string): boolean {
  return !/\p{Cc}/u.test(text)
}

function decode(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8')
}

function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}
