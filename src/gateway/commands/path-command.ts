/** What a MAIL or RCPT command says, verbatim. */
export interface PathCommand {
  /** Between the angle brackets, as it came; empty for the null path. */
  address: string
  /** `KEY=VALUE` or `KEY`, as they came. */
  parameters: string[]
}

const unsafe = /[\u0000-\u001f\u007f-\u009f\u200b\u2060\ufeff\ufffd]/
// RFC 5321 section 4.1.2: a quoted string may hold spaces, "@" and "<>"; nothing else of a path may.
const path = /^<((?:"(?:[^"\\]|\\.)*"|[^"<>\s])*)>$/
// RFC 5321 section 4.5.3.1.3: 256 octets with the brackets. We leave room for source routes, and a line of a report (998
// octets) has room for the path.
const maxPathBytes = 900

/**
 * Reads `MAIL FROM:<…> KEY=VALUE …` or `RCPT TO:<…> …` (RFC 5321 section 4.1.2) without changing anything in
 * it: no case, no IDN, no unquoting. Returns null where the syntax is wrong.
 */
export function readPathCommand(verb: 'MAIL FROM' | 'RCPT TO', line: string): PathCommand | null {
  const colon = line.indexOf(':')
  if (colon === -1 || line.slice(0, colon).trim().toUpperCase() !== verb || unsafe.test(line)) return null
  const words = splitOutsideQuotes(line.slice(colon + 1).trim())
  const [bracketed = '', ...parameters] = words
  const address = path.exec(bracketed)?.[1]
  if (address === undefined || Buffer.byteLength(address) > maxPathBytes) return null
  if (address === '') return verb === 'MAIL FROM' ? { address, parameters } : null
  return isMailbox(verb, address) ? { address, parameters } : null
}

function isMailbox(verb: string, address: string): boolean {
  if (verb === 'RCPT TO' && address.toLowerCase() === 'postmaster') return true // RFC 5321 section 4.1.1.3
  const at = address.lastIndexOf('@')
  return at >= 1 && /^[^@"\\]+$/.test(address.slice(at + 1))
}

function splitOutsideQuotes(text: string): string[] {
  return text.match(/(?:"(?:[^"\\]|\\.)*"|\S)+/g) ?? []
}
