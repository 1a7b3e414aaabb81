/** What a client asked for with one recipient or one mail (RFC 3461). */

/** Whether the sender wants to hear that this recipient could not be reached; without NOTIFY they do. */
export function wantsFailure(recipientParameters: string[]): boolean {
  const notify = valueOf(recipientParameters, 'NOTIFY')
  return notify === null || notify.toUpperCase().split(',').includes('FAILURE')
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
