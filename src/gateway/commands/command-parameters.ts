import { keywordOf } from '#next-hop/parameters.ts'
import type { Reply } from '#next-hop/next-hop.ts'

/** What each parameter may be: RFC 1870, 6152, 6531, 3461. Those that are not here may have any value, or none. */
const forms: Record<string, RegExp> = {
  SIZE: /^\d{1,20}$/,
  BODY: /^(?:7BIT|8BITMIME)$/i,
  RET: /^(?:FULL|HDRS)$/i,
  ENVID: /./,
  NOTIFY: /^(?:NEVER|(?:SUCCESS|FAILURE|DELAY)(?:,(?:SUCCESS|FAILURE|DELAY))*)$/i,
  ORCPT: /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+;./i,
}

/**
 * What is wrong with the parameters of MAIL or RCPT, or undefined. Whether they are known at all is asked later.
 */
export function refuseParameters(parameters: string[], maxMailBytes: number): Reply | undefined {
  const seen = new Set<string>()
  for (const parameter of parameters) {
    // RFC 5321 section 4.1.2: no value has blanks, in quotes or not.
    if (/\s/.test(parameter)) return bad('A parameter has no blanks')
    const keyword = keywordOf(parameter)
    if (seen.has(keyword)) return bad(`There are two parameters ${keyword.slice(0, 40)}`)
    seen.add(keyword)
    const value = parameter.slice(keyword.length + 1)
    if (forms[keyword]?.test(value) === false) return bad(`This is no value for ${keyword}`)
    if (keyword === 'SMTPUTF8' && parameter.includes('=')) return bad('SMTPUTF8 has no value')
    if (keyword === 'SIZE' && Number(value) > maxMailBytes) {
      return { code: 552, lines: [`5.3.4 A mail may have ${maxMailBytes} bytes here`] }
    }
  }
  return undefined
}

function bad(sentence: string): Reply {
  return { code: 501, lines: [`5.5.4 ${sentence}`] }
}
