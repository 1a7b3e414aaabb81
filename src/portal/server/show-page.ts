import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Language } from '#model.ts'
import { visitorsLanguage } from './language.ts'
import { toText, type Html } from '#portal/pages/html.ts'
import type { PageContext } from '#portal/pages/layout.ts'
import type { PortalSettings } from './portal-deps.ts'
import type { Assets } from './assets.ts'

/** What pages need of the portal. */
export interface PageDeps extends Pick<Assets, 'styleSheet' | 'scripts' | 'logo'> {
  settings: PortalSettings
}

/**
 * What a page shows around its content, for this request. `language` is the message's, if the visitor may be told of one; it counts
 * if neither the visitor nor their browser asks for a language of ours.
 */
export function pageContext(deps: PageDeps, request: FastifyRequest, language?: Language): PageContext {
  const at = messagePath(request)
  return {
    organisation: deps.settings.organisation,
    language: visitorsLanguage(request) ?? language ?? deps.settings.language,
    styleSheet: deps.styleSheet,
    logo: deps.logo,
    here: pathToShowAgain(request) ?? at ?? '/',
    ...loginShown(deps, request, at),
  }
}

/** Who is logged in, where they log out, and whether they have a menu. */
function loginShown({ settings }: PageDeps, { visitor }: FastifyRequest, at: string | null) {
  const accountName = visitor?.accountName
  return {
    accountName: accountName ?? visitor?.outsider?.address,
    logOutAt: at !== null ? `${at}/logout` : accountName ? '/logout' : undefined,
    menu: accountName && settings.compose.enabled ? ('elsewhere' as const) : undefined,
  }
}

/** The path of the message page that a request belongs to, or null. */
export function messagePath(request: FastifyRequest): string | null {
  const { token } = request.params as { token?: string }
  return token === undefined ? null : `/l/${encodeURIComponent(token)}`
}

export function showPage(reply: FastifyReply, status: number, page: Html): FastifyReply {
  return reply.code(status).type('text/html; charset=utf-8').send(toText(page))
}

/** The answer to a POST cannot be asked for again by a link; but the page of what it was about can, where there is one. */
function pathToShowAgain(request: FastifyRequest): string | null {
  if (request.is404) return null
  const path = request.url.split('?')[0]!
  return request.method === 'GET' ? path : (/^\/(?:(?:new|sent)\/[\da-f-]{36}|account)(?=\/|$)/.exec(path)?.[0] ?? null)
}
