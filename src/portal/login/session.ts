import type { FastifyReply, FastifyRequest } from 'fastify'
import { randomToken } from '#crypto/link-token.ts'
import { deleteSession, findSession, insertSession } from '#database/sessions.ts'
import type { Account } from '#model.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import type { Visitor } from './visitor.ts'
import { clearSessionCookie, isSessionId, writeSessionCookie } from './session-cookie.ts'
import { formOf } from '#portal/server/fields-of.ts'

type Deps = Pick<PortalDeps, 'db' | 'keyring' | 'settings'>

interface NewSession {
  visitor: Visitor
  account: Account | null
  linkId?: string | null
  sessionId?: string
}

/**
 * Begins a session with a fresh id, which only the browser knows: its keyed hash is stored. The session that the
 * browser had before ends, so that an id which somebody planted there never becomes a login. An outsider's session is
 * one link's, and nobody's account.
 */
export async function beginSession(
  { db, keyring, settings }: Deps,
  reply: FastifyReply,
  { visitor, account, linkId = null, sessionId = randomToken() }: NewSession,
): Promise<Buffer> {
  const [idHash] = keyring.sessionHashes(sessionId)
  const endsAt = new Date(Date.now() + settings.portal.sessionHours * 3_600_000)
  await db.transaction(async tx => {
    if (visitor.sessionHash) await deleteSession(tx, visitor.sessionHash)
    await insertSession({ db: tx, keyring }, { idHash, account, linkId, endsAt })
  })
  writeSessionCookie(reply, sessionId, settings.portal.url.startsWith('https:'))
  return idHash
}

/**
 * The session of a browser that has none and needs no login. A page gives each browser an id of its own in its forms, so
 * that a button that is pressed twice is pressed by one browser, also if no answer has come in between. The id never becomes
 * a login, and no other site can have it posted.
 */
export async function sessionOfPress(
  deps: Deps,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  visitor: Visitor,
): Promise<Buffer> {
  const { browser } = formOf(request)
  if (!isSessionId(browser)) return beginSession(deps, reply, { visitor, account: null })
  const idHash = await beginSession(deps, reply, { visitor, account: null, sessionId: browser })
  const session = await findSession(deps, {
    idHashes: [idHash],
    idleMinutes: deps.settings.portal.sessionIdleMinutes,
  })
  // An old page: its session has ended.
  return session ? idHash : beginSession(deps, reply, { visitor, account: null })
}

/** Ends the session here, not only in the browser; its tickets end with it. */
export async function endSession({ db, settings }: Deps, reply: FastifyReply, visitor: Visitor): Promise<void> {
  if (visitor.sessionHash) await deleteSession(db, visitor.sessionHash)
  clearSessionCookie(reply, settings.portal.url.startsWith('https:'))
}
