import type { FastifyReply } from 'fastify'
import { hashToken, randomToken } from '#crypto/link-token.ts'
import { deleteSession, insertSession } from '#database/sessions.ts'
import type { Account } from '#model.ts'
import type { PortalParts } from '#portal/portal-parts.ts'
import type { Visitor } from '#portal/visitor.ts'
import { clearSessionCookie, writeSessionCookie } from './session-cookie.ts'

type Parts = Pick<PortalParts, 'db' | 'settings'>

/**
 * Begins a session with a fresh id, which only the browser knows: its hash is stored. The session that the
 * browser had before ends, so that an id which somebody planted there never becomes a login. An outsider's session is
 * one link's, and nobody's account.
 */
export async function beginSession(
  { db, settings }: Parts,
  reply: FastifyReply,
  { visitor, account, linkId = null }: { visitor: Visitor; account: Account | null; linkId?: string | null },
): Promise<Buffer> {
  const sessionId = randomToken()
  const idHash = hashToken(sessionId)
  await db.transaction(async tx => {
    if (visitor.sessionHash) await deleteSession(tx, visitor.sessionHash)
    await insertSession(tx, { idHash, account, linkId, hours: settings.portal.sessionHours })
  })
  writeSessionCookie(reply, sessionId, settings.portal.url.startsWith('https:'))
  return idHash
}

/** Ends the session here, not only in the browser; its tickets end with it. */
export async function endSession({ db, settings }: Parts, reply: FastifyReply, visitor: Visitor): Promise<void> {
  if (visitor.sessionHash) await deleteSession(db, visitor.sessionHash)
  clearSessionCookie(reply, settings.portal.url.startsWith('https:'))
}
