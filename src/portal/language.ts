import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Language } from '#model.ts'

const cookieName = 'kuvert-language'
const yearSeconds = 365 * 86_400

/** The language that the visitor chose, by a link (`?lang=en`) or before; null where they chose none. */
export function chosenLanguage(request: FastifyRequest): Language | null {
  return languageInQuery(request) ?? asLanguage(request.cookies[cookieName])
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
  return asLanguage((request.query as Record<string, unknown>)['lang'])
}

function asLanguage(value: unknown): Language | null {
  return value === 'sv' || value === 'en' ? value : null
}
