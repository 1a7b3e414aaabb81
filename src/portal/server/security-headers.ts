import type { FastifyReply } from 'fastify'

/** Of pages: nothing but our own style sheet and images. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

const always = {
  'Content-Security-Policy': contentSecurityPolicy,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'X-Robots-Tag': 'noindex, nofollow',
  'Cache-Control': 'no-store',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
}

/** Sets the header fields that everything is sent with. Assets and files replace some of them. */
export function setSecurityHeaders(reply: FastifyReply, isHttps: boolean): void {
  reply.headers(always)
  if (isHttps) {
    reply.header('Strict-Transport-Security', 'max-age=31536000')
    reply.header('Referrer-Policy', 'no-referrer')
    return
  }
  // With no-referrer a browser posts a form with `Origin: null`, and without https not every browser sends
  // Sec-Fetch-Site instead: nobody could post. Nothing is sent to other sites with same-origin either.
  reply.header('Referrer-Policy', 'same-origin')
}

/** Lets a page run our scripts, and lets these ask us: no others, and nobody else. */
export function allowScripts(reply: FastifyReply): void {
  reply.header('Content-Security-Policy', `${contentSecurityPolicy}; script-src 'self'; connect-src 'self'`)
}
