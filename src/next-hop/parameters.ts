import { Failure } from '#failure.ts'
import type { NextHopSession } from './next-hop.ts'

const dsnParameters = new Set(['RET', 'ENVID', 'NOTIFY', 'ORCPT'])

/**
 * The parameters that this next hop understands. What it cannot do without harm to the mail is refused; what
 * merely asks for reports is left out, as RFC 3461 section 5.2.1 has it.
 */
export function parametersFor(session: NextHopSession, parameters: string[]): string[] {
  const has = (extension: string) => session.extensions.has(extension)
  if (parameters.some(parameter => keywordOf(parameter) === 'SMTPUTF8') && !has('SMTPUTF8')) {
    throw new Failure('PATH_NEEDS_EXTENSION', { extension: 'SMTPUTF8' })
  }
  if (parameters.some(parameter => parameter.toUpperCase() === 'BODY=8BITMIME') && !has('8BITMIME')) {
    throw new Failure('PATH_NEEDS_EXTENSION', { extension: '8BITMIME' })
  }
  return parameters.filter(parameter => {
    const keyword = keywordOf(parameter)
    if (keyword === 'AUTH') return false // RFC 4954 section 5: says who submitted it; between us and the next hop, that is us.
    if (keyword === 'SIZE') return has('SIZE')
    if (keyword === 'BODY') return has('8BITMIME')
    return dsnParameters.has(keyword) ? has('DSN') : true
  })
}

/** The keyword of a parameter, upper case. */
export function keywordOf(parameter: string): string {
  return parameter.split('=', 1)[0]!.toUpperCase()
}
