import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Language } from '#model.ts'
import { queryOf } from './fields-of.ts'

const cookieName = 'kuvert-language'
const yearSeconds = 365 * 86_400
/** Longer lists of languages are not read to their end. */
const mostCharacters = 1000

/** The language that the visitor chose, by a link (`?lang=en`) or before; null where they chose none. */
function chosenLanguage(request: FastifyRequest): Language | null {
  return languageInQuery(request) ?? asLanguage(request.cookies[cookieName])
}

/** The language for this visitor: the one that they chose, else the one that their browser asks for first; null if neither says. */
export function visitorsLanguage(request: FastifyRequest): Language | null {
  return chosenLanguage(request) ?? acceptedLanguage(request.headers['accept-language'])
}

/** Of our languages, the one that a browser would rather have (RFC 9110 section 12.5.4): `en-GB,en;q=0.9,sv;q=0.8`. */
function acceptedLanguage(header = ''): Language | null {
  const ranges = header
    .slice(0, mostCharacters)
    .split(',')
    .flatMap(range => {
      const [tag = '', ...parameters] = range.toLowerCase().split(';')
      const language = asLanguage(tag.trim().split('-')[0])
      const weight = /^q=([\d.]+)$/.exec(parameters[0]?.trim() ?? '')?.[1]
      return language === null ? [] : [{ language, weight: Number(weight ?? 1) }]
    })
  const wanted = ranges.filter(({ weight }) => weight > 0).toSorted((one, other) => other.weight - one.weight)
  return wanted[0]?.language ?? null
}

/** Keeps a language chosen by a link for the pages to come. */
export function keepLanguage(request: FastifyRequest, reply: FastifyReply, isHttps: boolean): void {
  const language = languageInQuery(request)
  // A form brings the language of its page along, which nobody chose.
  if (language === null || request.method !== 'GET') return
  reply.setCookie(cookieName, language, {
    path: '/',
    maxAge: yearSeconds,
    httpOnly: true,
    sameSite: 'lax',
    secure: isHttps,
  })
}

function languageInQuery(request: FastifyRequest): Language | null {
  return asLanguage(queryOf(request)['lang'])
}

function asLanguage(value: unknown): Language | null {
  return value === 'sv' || value === 'en' ? value : null
}
