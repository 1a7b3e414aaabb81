import type { IncomingHttpHeaders } from 'node:http'
import { Failure } from '#failure.ts'

/**
 * Throws `CROSS_SITE` unless a form was posted from a page of ours. Browsers say so in one of two fields that no
 * page can forge; where they send both, both must agree.
 */
export function requireSameOrigin(headers: IncomingHttpHeaders, portalUrl: string): void {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin') throw new Failure('CROSS_SITE')
  // "null" is what browsers send with Referrer-Policy: no-referrer, even to ourselves.
  const origin = headers.origin === 'null' ? undefined : headers.origin
  if (site === 'same-origin') return
  if (origin !== new URL(portalUrl).origin) throw new Failure('CROSS_SITE')
}
