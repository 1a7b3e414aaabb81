import type { IncomingHttpHeaders } from 'node:http'
import { Failure } from '#failure.ts'

/**
 * Throws `CROSS_SITE` unless a form was posted from a page of ours. Browsers say so in `Sec-Fetch-Site` and `Origin`, which no
 * page can forge: each that is there must agree, and one of them must be there. Both speak of the name that the browser
 * knows, and a stranger can give a name of theirs our address: so the name must be ours as well (DNS rebinding). Behind
 * reverse proxies, `Host` may be the proxy's own choice, and it is the proxy that answers to our name alone.
 */
export function requireSameOrigin(
  headers: IncomingHttpHeaders,
  { url, proxyAnswers }: { url: string; proxyAnswers: boolean },
): void {
  const { origin: ours, hostname } = new URL(url)
  const site = headers['sec-fetch-site']
  // "null" is what browsers send with Referrer-Policy: no-referrer, even to ourselves.
  const origin = headers.origin === 'null' ? undefined : headers.origin
  const saysSo = site === 'same-origin' || (site === undefined && origin === ours)
  const agree = (site === undefined || site === 'same-origin') && (origin === undefined || origin === ours)
  const isOurName = proxyAnswers || headers.host?.toLowerCase().replace(/:\d*$/, '') === hostname
  if (!saysSo || !agree || !isOurName) throw new Failure('CROSS_SITE')
}
