import type { NextHopSession } from './next-hop.ts'

const dsnParameters = new Set(['RET', 'ENVID', 'NOTIFY', 'ORCPT'])

/** The keyword of a parameter, upper case. */
export function keywordOf(parameter: string): string {
  return parameter.split('=', 1)[0]!.toUpperCase()
}

/** Whether these parameters of MAIL announce 8-bit text (RFC 6152). */
export function announce8bit(parameters: string[]): boolean {
  return parameters.some(parameter => parameter.toUpperCase() === 'BODY=8BITMIME')
}

/** Whether these parameters of MAIL announce addresses or header fields in UTF-8 (RFC 6531). */
export function announceUtf8(parameters: string[]): boolean {
  return parameters.some(parameter => keywordOf(parameter) === 'SMTPUTF8')
}

/** The parameters that this next hop knows; the others are left out. */
export function parametersFor({ extensions }: Pick<NextHopSession, 'extensions'>, parameters: string[]): string[] {
  return parameters.filter(parameter => {
    const keyword = keywordOf(parameter)
    if (keyword === 'AUTH') return false // RFC 4954 section 5: says who submitted it; between us and the next hop, that is us.
    if (keyword === 'BODY') return extensions.has('8BITMIME')
    // RFC 3461 section 5.2.2: we are then the last server that knows of the sender's wish for reports.
    return extensions.has(dsnParameters.has(keyword) ? 'DSN' : keyword)
  })
}

/** The largest mail that the next hop takes (RFC 1870); undefined where it does not say. */
export function maxMailBytes(extensions: ReadonlyMap<string, string>): number | undefined {
  const value = extensions.get('SIZE') ?? ''
  return /^[1-9]\d{0,15}$/.test(value) ? Number(value) : undefined
}

/** The size that these parameters of MAIL announce; undefined where they do not. */
export function announcedBytes(parameters: string[]): number | undefined {
  const size = parameters.find(parameter => keywordOf(parameter) === 'SIZE')?.split('=', 2)[1] ?? ''
  return /^\d{1,15}$/.test(size) ? Number(size) : undefined
}
