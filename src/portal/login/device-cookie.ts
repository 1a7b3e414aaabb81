import type { FastifyReply, FastifyRequest } from 'fastify'

// 256 bits, base64url.
const shape = /^[\w-]{43}$/
const keptSeconds = 60 * 86_400

/**
 * What a browser is recognised by at its next login, or null. It is no login and opens nothing: failed logins of a browser that
 * has logged in before are counted by themselves.
 */
export function readDeviceCookie(request: FastifyRequest, isHttps: boolean): string | null {
  const value = request.cookies[cookieName(isHttps)]
  return value !== undefined && shape.test(value) ? value : null
}

/** Lets the browser keep it for 60 days after each login. */
export function writeDeviceCookie(reply: FastifyReply, device: string, isHttps: boolean): void {
  const attributes = { path: '/', httpOnly: true, sameSite: 'lax', secure: isHttps, maxAge: keptSeconds } as const
  reply.setCookie(cookieName(isHttps), device, attributes)
}

function cookieName(isHttps: boolean): string {
  return isHttps ? '__Host-kuvert-device' : 'kuvert-device'
}
