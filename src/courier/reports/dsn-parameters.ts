/** What a client asked for with one recipient or one mail (RFC 3461). */

/**
 * Whether the sender wants to hear of this. Where the client gave no NOTIFY, they hear of failures and delays; where it
 * did, of what it names: a NOTIFY without DELAY is no wish for warnings.
 */
export function wants(news: 'FAILURE' | 'DELAY' | 'SUCCESS', recipientParameters: string[]): boolean {
  const notify = valueOf(recipientParameters, 'NOTIFY')
  return notify === null ? news !== 'SUCCESS' : notify.toUpperCase().split(',').includes(news)
}

/** ORCPT, decoded: `rfc822;anna+ab@example.org`. Null where there is none that is well-formed. */
export function originalRecipient(recipientParameters: string[]): string | null {
  const value = decodeXtext(valueOf(recipientParameters, 'ORCPT'))
  return value !== null && /^[a-z0-9-]+;[^;]/i.test(value) ? value : null
}

/** ENVID, decoded; null likewise. */
export function envelopeId(mailParameters: string[]): string | null {
  return decodeXtext(valueOf(mailParameters, 'ENVID'))
}

function valueOf(parameters: string[], keyword: string): string | null {
  const found = parameters.find(parameter => parameter.toUpperCase().startsWith(`${keyword}=`))
  return found === undefined ? null : found.slice(keyword.length + 1)
}

/** RFC 3461 section 4; null for what does not decode to printable ASCII, which must not get into a field. */
function decodeXtext(value: string | null): string | null {
  if (value === null) return null
  const decoded = value.replace(/\+([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  return /^[\x20-\x7e]+$/.test(decoded) ? decoded : null
}
