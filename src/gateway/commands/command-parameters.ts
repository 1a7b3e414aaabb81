import { Failure } from '#failure.ts'
import { keywordOf } from '#next-hop/parameters.ts'
import type { Reply } from '#next-hop/next-hop.ts'
import { humanSize } from '#texts/human-size.ts'
import { badParameter } from './command-replies.ts'

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
 * What is wrong with the parameters of MAIL or RCPT, or undefined. Whether they are known at all is asked later. Throws
 * `MAIL_TOO_BIG`.
 */
export function refuseParameters(parameters: string[], maxMailBytes: number): Reply | undefined {
  const seen = new Set<string>()
  for (const parameter of parameters) {
    // RFC 5321 section 4.1.2: no value has blanks, in quotes or not.
    if (/\s/.test(parameter)) return badParameter('A parameter has no blanks')
    const keyword = keywordOf(parameter)
    if (seen.has(keyword)) return badParameter(`There are two parameters ${keyword.slice(0, 40)}`)
    seen.add(keyword)
    const value = parameter.slice(keyword.length + 1)
    if (forms[keyword]?.test(value) === false) return badParameter(`This is no value for ${keyword}`)
    if (keyword === 'SMTPUTF8' && parameter.includes('=')) return badParameter('SMTPUTF8 has no value')
    if (keyword === 'SIZE' && Number(value) > maxMailBytes) {
      throw new Failure('MAIL_TOO_BIG', { limit: humanSize(maxMailBytes, 'en') })
    }
  }
  return undefined
}
