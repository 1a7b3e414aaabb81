import type { FastifyRequest } from 'fastify'
import { findGrant, type Grant, type Way } from '#database/grants.ts'
import { deleteSession, findSession, touchSession, updateSessionAccount } from '#database/sessions.ts'
import type { BrowserSession, SessionRow } from '#database/sessions.ts'
import type { Account } from '#model.ts'
import type { PortalParts } from '#portal/server/portal-parts.ts'
import type { Visitor } from './visitor.ts'
import { readSessionCookie } from './session-cookie.ts'

type Parts = Pick<PortalParts, 'db' | 'keyring' | 'directory' | 'settings'>

/** How old what the directory said of an account may be. */
const accountSeconds = 60
/** A session in use is noted as such at most so often. */
const touchSeconds = 60

/** Who sent this request. It begins no session; somebody whose session has ended is nobody. */
export async function authenticate(parts: Parts, request: FastifyRequest): Promise<Visitor> {
  const browser = browserOf(parts, request)
  const session = browser.idHashes.length === 0 ? null : await findSession(parts, browser)
  return visitorOf(parts, request, session)
}

/** The same, and all that decides what this visitor may have of what they ask for, found in one statement. */
export async function authenticateFor(
  parts: Parts,
  request: FastifyRequest,
  way: Way,
): Promise<{ visitor: Visitor; grant: Grant }> {
  const grant = await findGrant(parts, browserOf(parts, request), way)
  return { visitor: await visitorOf(parts, request, grant.session), grant }
}

function browserOf({ keyring, settings }: Parts, request: FastifyRequest): BrowserSession {
  const { url, sessionIdleMinutes: idleMinutes } = settings.portal
  const sessionId = readSessionCookie(request, url.startsWith('https:'))
  return { idHashes: sessionId === null ? [] : keyring.sessionHashes(sessionId), idleMinutes }
}

async function visitorOf(parts: Parts, request: FastifyRequest, session: SessionRow | null): Promise<Visitor> {
  if (session && session.idleSeconds > touchSeconds) await touchSession(parts.db, session.idHash)
  const hasCookie = readSessionCookie(request, parts.settings.portal.url.startsWith('https:')) !== null
  let account: Promise<Account | null> | undefined
  const visitor: Visitor = {
    sessionHash: session?.idHash ?? null,
    wasLoggedOut: hasCookie && session === null,
    accountName: session?.account?.name ?? null,
    outsider: session?.outsider ?? null,
    account: async () => {
      const found = await (account ??= session ? readAccount(parts, session) : Promise.resolve(null))
      if (session?.account && !found) visitor.wasLoggedOut = true
      return found
    },
  }
  request.visitor = visitor
  return visitor
}

async function readAccount(parts: Parts, session: SessionRow): Promise<Account | null> {
  if (!session.account || session.accountAgeSeconds <= accountSeconds) return session.account
  const account = await parts.directory.findById(session.account.id)
  // Somebody who has left, or is disabled, is logged out.
  if (account) await updateSessionAccount(parts, session, account)
  else await deleteSession(parts.db, session.idHash)
  return account
}
