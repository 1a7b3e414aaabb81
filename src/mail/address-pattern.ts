import { domainToUnicode } from 'node:url'

/**
 * Whether an address is meant by a pattern: `*` stands for any characters, also none; any case; domains match
 * in either of their spellings (RFC 5890). Takes time in proportion to the address times the pattern.
 */
export function matchesAddress(pattern: string, address: string): boolean {
  const [first = '', ...others] = comparable(pattern).split('*')
  const text = comparable(address)
  const last = others.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const middle of others) {
    const found = text.indexOf(middle, at)
    if (found === -1) return false
    at = found + middle.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}

/** Whether two addresses are one: any case, and either spelling of the domain. */
export function isSameAddress(one: string, other: string): boolean {
  return comparable(one) === comparable(other)
}

function comparable(address: string): string {
  const lower = address.trim().normalize('NFC').toLowerCase()
  const domainStart = lower.lastIndexOf('@') + 1
  const labels = lower.slice(domainStart).replace(/\.$/, '').split('.')
  return (
    lower.slice(0, domainStart) +
    labels.map(label => (label.startsWith('xn--') ? domainToUnicode(label) || label : label)).join('.')
  )
}
