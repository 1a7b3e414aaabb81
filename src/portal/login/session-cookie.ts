import type { FastifyReply, FastifyRequest } from 'fastify'

// 256 bits, base64url: anything else is not a session's id, and the database need not be asked.
const shape = /^[\w-]{43}$/

/** The session's id that the browser sent, or null. `isHttps` is whether the portal is reached by https. */
export function readSessionCookie(request: FastifyRequest, isHttps: boolean): string | null {
  const value = request.cookies[cookieName(isHttps)]
  return isSessionId(value) ? value : null
}

/** Whether something that a browser sent looks like a session's id. */
export function isSessionId(value: unknown): value is string {
  return typeof value === 'string' && shape.test(value)
}

/** Gives the browser a session's id; it forgets it when it is closed. */
export function writeSessionCookie(reply: FastifyReply, sessionId: string, isHttps: boolean): void {
  // Lax, not strict: a link followed from a web mail must find the login that is there already.
  const attributes = { path: '/', httpOnly: true, sameSite: 'lax', secure: isHttps } as const
  reply.setCookie(cookieName(isHttps), sessionId, attributes)
}

/** Makes the browser forget the session's id. */
export function clearSessionCookie(reply: FastifyReply, isHttps: boolean): void {
  reply.clearCookie(cookieName(isHttps), { path: '/', httpOnly: true, sameSite: 'lax', secure: isHttps })
}

function cookieName(isHttps: boolean): string {
  // The prefix makes browsers refuse the cookie from other hosts of the domain, and without https (RFC 6265bis section 4.1.3.2).
  return isHttps ? '__Host-kuvert' : 'kuvert'
}
