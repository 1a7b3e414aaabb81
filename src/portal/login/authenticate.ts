import type { FastifyRequest } from 'fastify'
import { findGrant, type Grant, type Way } from '#database/grants.ts'
import { deleteSession, findSession, touchSession, updateSessionAccount } from '#database/sessions.ts'
import type { BrowserSession, SessionRow } from '#database/sessions.ts'
import type { Account } from '#model.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import type { Visitor } from './visitor.ts'
import { readSessionCookie } from './session-cookie.ts'

type Deps = Pick<PortalDeps, 'db' | 'keyring' | 'directory' | 'settings'>

/** How old what the directory said of an account may be. */
const accountSeconds = 60
/** A session in use is noted as such at most so often. */
const touchSeconds = 60

/** Who sent this request. It begins no session; somebody whose session has ended is nobody. */
export async function authenticate(deps: Deps, request: FastifyRequest): Promise<Visitor> {
  const browser = browserOf(deps, request)
  const session = browser.idHashes.length === 0 ? null : await findSession(deps, browser)
  return visitorOf(deps, request, session)
}

/** The same, and all that decides what this visitor may have of what they ask for, found in one statement. */
export async function authenticateFor(
  deps: Deps,
  request: FastifyRequest,
  way: Way,
): Promise<{ visitor: Visitor; grant: Grant }> {
  const grant = await findGrant(deps, browserOf(deps, request), way)
  return { visitor: await visitorOf(deps, request, grant.session), grant }
}

function browserOf({ keyring, settings }: Deps, request: FastifyRequest): BrowserSession {
  const { url, sessionIdleMinutes: idleMinutes } = settings.portal
  const sessionId = readSessionCookie(request, url.startsWith('https:'))
  return { idHashes: sessionId === null ? [] : keyring.sessionHashes(sessionId), idleMinutes }
}

async function visitorOf(deps: Deps, request: FastifyRequest, session: SessionRow | null): Promise<Visitor> {
  if (session && session.idleSeconds > touchSeconds) await touchSession(deps.db, session.idHash)
  const hasCookie = readSessionCookie(request, deps.settings.portal.url.startsWith('https:')) !== null
  let account: Promise<Account | null> | undefined
  const visitor: Visitor = {
    sessionHash: session?.idHash ?? null,
    wasLoggedOut: hasCookie && session === null,
    accountName: session?.account?.name ?? null,
    outsider: session?.outsider ?? null,
    account: async () => {
      const found = await (account ??= session ? readAccount(deps, session) : Promise.resolve(null))
      if (session?.account && !found) visitor.wasLoggedOut = true
      return found
    },
  }
  request.visitor = visitor
  return visitor
}

async function readAccount(deps: Deps, session: SessionRow): Promise<Account | null> {
  if (!session.account || session.accountAgeSeconds <= accountSeconds) return session.account
  const account = await deps.directory.findById(session.account.id)
  // Somebody who has left, or is disabled, is logged out.
  if (account) await updateSessionAccount(deps, session, account)
  else await deleteSession(deps.db, session.idHash)
  return account
}
