import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { isFailure, type Failure, type FailureCode } from '#failure.ts'
import type { Language } from '#model.ts'
import { dateAndTimeWithZone } from '#portal/pages/date-and-time.ts'
import { html, type Html } from '#portal/pages/html.ts'
import type { PageContext } from '#portal/pages/layout.ts'
import { codePage } from '#portal/open/code-page.ts'
import { noDraftPage } from '#portal/write/compose-page.ts'
import { staffLoginPage, wrongLoginPage, type LoginForm } from '#portal/login/login-page.ts'
import { unknownPage } from '#portal/login/unknown-page.ts'
import { endedPage, noticePage } from '#portal/pages/notice-page.ts'
import { noSentMessagePage } from '#portal/sent/sent-message-page.ts'
import { words } from '#portal/pages/words.ts'
import { messagePath, pageContext, showPage, type PageParts } from '#portal/server/show-page.ts'

/** The failures that a browser may hear of, with their status. Any other one is a bug of ours: 500. */
const statuses: Partial<Record<FailureCode, number>> = {
  LINK_UNKNOWN: 404,
  LINK_EXPIRED: 410,
  LINK_REVOKED: 410,
  LOGIN_WRONG: 403,
  LOGIN_THROTTLED: 429,
  CODE_WRONG: 403,
  CODE_MALFORMED: 403,
  CODE_ENDED: 403,
  CODES_THROTTLED: 429,
  NOT_LOGGED_IN: 403,
  DRAFT_UNKNOWN: 404,
  DRAFTS_TOO_MANY: 403,
  MESSAGE_UNKNOWN: 404,
  NOT_A_RECIPIENT: 403,
  USED_UP: 403,
  TICKET_INVALID: 404,
  DOWNLOADS_OF_SESSION: 429,
  DOWNLOADS_AT_ONCE: 503,
  VIEWS_AT_ONCE: 503,
  CROSS_SITE: 403,
  DATABASE_AWAY: 503,
  OBJECTS_AWAY: 503,
  DIRECTORY_AWAY: 503,
}
const retrySeconds = 30

/** The only place where an error becomes an answer: the status and the page for it, and its cause in the log. */
export async function replyWithFailure(
  parts: PageParts & { log: Logger },
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const status = isFailure(error) ? statuses[error.code] : refusalOfFastify(error)
  const log = parts.log.child({ request: request.id })
  if (status === undefined) {
    log.error({ err: error }, 'A request failed')
    return showPage(reply, 500, brokenPage(pageContext(parts, request), request))
  }
  if (!isFailure(error)) {
    const say = words[pageContext(parts, request).language]
    return showPage(reply, status, noticePage(pageContext(parts, request), say.badRequestTitle, say.badRequest))
  }
  if (error.code.endsWith('_AWAY')) log.warn({ code: error.code, err: error.cause }, 'A part of ours is away')
  else {
    log.info({ code: error.code }, 'Refused')
    await request.auditRefusal(error)
  }
  if (status === 503 || status === 429) reply.header('Retry-After', secondsToWait(error))
  const context = pageContext(parts, request, error.details['lang'] as Language | undefined)
  return showPage(reply, status, failurePage(context, error, request))
}

function secondsToWait({ details }: Failure): number {
  return details['minutes'] === undefined ? retrySeconds : Number(details['minutes']) * 60
}

/** The page for a path that is none of ours. */
export function replyNotFound(parts: PageParts, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const context = pageContext(parts, request)
  const say = words[context.language]
  return showPage(reply, 404, noticePage(context, say.notFoundTitle, say.notFound))
}

/** Fastify refuses what is malformed or too large before any of our code sees it. */
function refusalOfFastify(error: unknown): number | undefined {
  const status = (error as { statusCode?: unknown } | null)?.statusCode
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined
}

function brokenPage(context: PageContext, request: FastifyRequest): Html {
  const say = words[context.language]
  return noticePage(context, say.brokenTitle, say.broken, html`<code>${request.id}</code>`, back(request, say.tryAgain))
}

/** A link to the message that the request belongs to, where it does. */
function back(request: FastifyRequest, label: string): Html | null {
  const at = messagePath(request)
  return at === null ? null : html`<a href="${at}">${label}</a>`
}

function failurePage(context: PageContext, { code, details }: Failure, request: FastifyRequest): Html {
  const say = words[context.language]
  const senderName = String(details['senderName'] ?? '')
  const at = messagePath(request)
  switch (code) {
    case 'LINK_UNKNOWN':
      return unknownPage(context, request.visitor?.accountName ? null : at)
    case 'LINK_EXPIRED': {
      const date = dateAndTimeWithZone(new Date(String(details['expiresAt'])), context.language)
      return endedPage(context, { title: say.expiredTitle, what: say.expired(date), senderName })
    }
    case 'LINK_REVOKED':
      return endedPage(context, { title: say.revokedTitle, what: say.revoked, senderName })
    case 'USED_UP':
      return endedPage(
        context,
        { title: say.usedUpTitle, what: say.usedUp(Number(details['times'])), senderName },
        back(request, say.backToMessage),
      )
    case 'NOT_LOGGED_IN':
      return staffLoginPage(context, loginForStaff(request))
    case 'LOGIN_WRONG': {
      const wrong = { login: loginOf(request) }
      if (at === null) return staffLoginPage(context, { ...loginForStaff(request), wrong })
      return wrongLoginPage(context, { action: `${at}/login`, messageAt: at, wrong })
    }
    case 'LOGIN_THROTTLED':
      return noticePage(
        context,
        say.throttledTitle,
        say.throttled(Number(details['minutes'])),
        back(request, say.tryAgain),
      )
    case 'CODE_WRONG':
      return codePage(context, { at: `${at}/code`, wrong: say.codeWrong(Number(details['left'])) })
    case 'CODE_MALFORMED':
      return codePage(context, { at: `${at}/code`, wrong: say.codeMalformed })
    case 'CODE_ENDED':
      return codePage(context, { at: `${at}/code`, wrong: say.codeEnded })
    case 'CODES_THROTTLED':
      return noticePage(
        context,
        say.codesThrottledTitle,
        say.codesThrottled(Number(details['minutes'])),
        html`<a href="${at}/code">${say.haveCode}</a>`,
      )
    case 'DRAFT_UNKNOWN':
      return noDraftPage(context)
    case 'MESSAGE_UNKNOWN':
      return noSentMessagePage(context)
    default:
      return plainPage(context, { code, details }, back(request, say.tryAgain))
  }
}

/** A failure that is told of in a sentence or two. */
function plainPage(
  context: PageContext,
  { code, details }: Pick<Failure, 'code' | 'details'>,
  tryAgain: Html | null,
): Html {
  const say = words[context.language]
  switch (code) {
    case 'NOT_A_RECIPIENT':
      return noticePage(context, say.notRecipientTitle, say.notRecipient, say.notRecipientHow)
    case 'TICKET_INVALID':
      return noticePage(context, say.ticketInvalidTitle, say.ticketInvalid)
    case 'DOWNLOADS_OF_SESSION':
      return noticePage(context, say.manyDownloadsTitle, say.manyDownloads(Number(details['atOnce'])), say.nothingLost)
    case 'DOWNLOADS_AT_ONCE':
      return noticePage(context, say.busyTitle, say.busy, say.nothingLost)
    case 'VIEWS_AT_ONCE':
      return noticePage(context, say.busyTextsTitle, say.busy, say.nothingLost)
    case 'DRAFTS_TOO_MANY':
      return noticePage(
        context,
        say.manyDraftsTitle,
        say.manyDrafts(Number(details['atMost'])),
        html`<a href="/new">${say.toDrafts}</a>`,
      )
    case 'CROSS_SITE':
      return noticePage(context, say.crossSiteTitle, say.crossSite)
    default:
      return noticePage(context, say.awayTitle, code === 'OBJECTS_AWAY' ? say.awayNotCounted : say.away, tryAgain)
  }
}

/** A login that leads on to the page that was asked for, or does what was posted, with what was filled in. */
function loginForStaff(request: FastifyRequest): LoginForm & { wasLoggedOut: boolean } {
  const here = request.url.split('?')[0]!
  const wasLoggedOut = request.visitor?.wasLoggedOut ?? false
  if (request.method === 'GET') return { action: '/login', carried: { to: [here] }, wasLoggedOut }
  const fields = Object.entries((request.body ?? {}) as Record<string, unknown>)
    .filter(([name]) => name !== 'login' && name !== 'password')
    .map(([name, value]): [string, string[]] => [name, [value].flat().filter(each => typeof each === 'string')])
  return { action: here, carried: Object.fromEntries(fields), wasLoggedOut }
}

function loginOf(request: FastifyRequest): string {
  const { login } = (request.body ?? {}) as { login?: unknown }
  return typeof login === 'string' ? login : ''
}
