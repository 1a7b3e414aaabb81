import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { Failure, failures, isTold, type PageCode } from '#failure.ts'
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
import type { Words } from '#portal/pages/words-sv.ts'
import { messagePath, pageContext, showPage, type PageDeps } from '#portal/server/show-page.ts'
import { formOf } from '#portal/server/fields-of.ts'

const retrySeconds = 30

/** The only place where an error becomes an answer: the status and the page for it, and its cause in the log. */
export async function replyWithFailure(
  deps: PageDeps & { log: Logger },
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const log = deps.log.child({ request: request.id })
  if (isTold(error, 'page')) {
    if (error.edges.group === 'away') log.warn({ code: error.code, err: error.cause }, 'A part of ours is away')
    else {
      log.info({ code: error.code }, 'Refused')
      await request.auditRefusal(error)
    }
    const status = failures[error.code].page
    if (status === 503 || status === 429) reply.header('Retry-After', secondsToWait(error))
    const context = pageContext(deps, request, 'lang' in error.details ? error.details.lang : undefined)
    return showPage(reply, status, failurePage(context, error, request))
  }
  const context = pageContext(deps, request)
  const say = words[context.language]
  const status = refusalOfFastify(error)
  if (status !== undefined) return showPage(reply, status, noticePage(context, say.badRequestTitle, say.badRequest))
  log.error({ err: error }, 'A request failed')
  return showPage(
    reply,
    failures.OUR_FAULT.page,
    failurePage(context, new Failure('OUR_FAULT', { id: request.id }), request),
  )
}

function secondsToWait({ details }: Failure): number {
  return 'minutes' in details ? details.minutes * 60 : retrySeconds
}

/** The page for a path that is none of ours. */
export function replyNotFound(deps: PageDeps, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const context = pageContext(deps, request)
  const say = words[context.language]
  return showPage(reply, 404, noticePage(context, say.notFoundTitle, say.notFound))
}

/** Fastify refuses what is malformed or too large before any of our code sees it. */
function refusalOfFastify(error: unknown): number | undefined {
  const status = (error as { statusCode?: unknown } | null)?.statusCode
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined
}

/** A link to the message that the request belongs to, where it does. */
function back(request: FastifyRequest, label: string): Html | null {
  const at = messagePath(request)
  return at === null ? null : html`<a href="${at}">${label}</a>`
}

/** A failure with this code, in answer to this request. */
interface Told<Code extends PageCode> {
  details: Failure<Code>['details']
  context: PageContext
  say: Words
  request: FastifyRequest
  /** The path of the message page that the request belongs to, or null. */
  at: string | null
}

function failurePage<Code extends PageCode>(
  context: PageContext,
  { code, details }: Failure<Code>,
  request: FastifyRequest,
): Html {
  return pages[code]({ details, context, say: words[context.language], request, at: messagePath(request) })
}

const pages: { [Code in PageCode]: (told: Told<Code>) => Html } = {
  OUR_FAULT: ({ context, say, request }) =>
    noticePage(context, say.brokenTitle, say.broken, html`<code>${request.id}</code>`, back(request, say.tryAgain)),
  DATABASE_AWAY: told => awayPage(told, told.say.away),
  OBJECTS_AWAY: told => awayPage(told, told.say.awayNotCounted),
  DIRECTORY_AWAY: told => awayPage(told, told.say.away),
  NOT_LOGGED_IN: ({ context, request }) => staffLoginPage(context, loginForStaff(request)),
  LOGIN_WRONG: ({ context, request, at }) => {
    const wrong = { login: loginOf(request) }
    if (at === null) return staffLoginPage(context, { ...loginForStaff(request), wrong })
    return wrongLoginPage(context, { action: `${at}/login`, messageAt: at, wrong })
  },
  LOGIN_THROTTLED: ({ context, say, request, details }) =>
    noticePage(context, say.throttledTitle, say.throttled(details.minutes), back(request, say.tryAgain)),
  CODE_WRONG: ({ context, say, at, details }) =>
    codePage(context, { at: `${at}/code`, wrong: say.codeWrong(details.left) }),
  CODE_MALFORMED: ({ context, say, at }) => codePage(context, { at: `${at}/code`, wrong: say.codeMalformed }),
  CODE_ENDED: ({ context, say, at }) => codePage(context, { at: `${at}/code`, wrong: say.codeEnded }),
  CODES_THROTTLED: ({ context, say, at, details }) => {
    const haveCode = html`<a href="${at}/code">${say.haveCode}</a>`
    return noticePage(context, say.codesThrottledTitle, say.codesThrottled(details.minutes), haveCode)
  },
  LINK_UNKNOWN: ({ context, request, at }) => unknownPage(context, request.visitor?.accountName ? null : at),
  LINK_EXPIRED: ({ context, say, details: { expiresAt, senderName } }) => {
    const what = say.expired(dateAndTimeWithZone(expiresAt, context.language))
    return endedPage(context, { title: say.expiredTitle, what, senderName })
  },
  LINK_REVOKED: ({ context, say, details: { senderName } }) =>
    endedPage(context, { title: say.revokedTitle, what: say.revoked, senderName }),
  NOT_A_RECIPIENT: ({ context, say }) =>
    noticePage(context, say.notRecipientTitle, say.notRecipient, say.notRecipientHow),
  USED_UP: ({ context, say, request, details: { times, senderName } }) =>
    endedPage(
      context,
      { title: say.usedUpTitle, what: say.usedUp(times), senderName },
      back(request, say.backToMessage),
    ),
  TICKET_INVALID: ({ context, say }) => noticePage(context, say.ticketInvalidTitle, say.ticketInvalid),
  DOWNLOADS_OF_SESSION: ({ context, say, details }) =>
    noticePage(context, say.manyDownloadsTitle, say.manyDownloads(details.atOnce), say.nothingLost),
  DOWNLOADS_AT_ONCE: ({ context, say }) => noticePage(context, say.busyTitle, say.busy, say.nothingLost),
  VIEWS_AT_ONCE: ({ context, say }) => noticePage(context, say.busyTextsTitle, say.busy, say.nothingLost),
  MESSAGE_UNKNOWN: ({ context }) => noSentMessagePage(context),
  CROSS_SITE: ({ context, say }) => noticePage(context, say.crossSiteTitle, say.crossSite),
  DRAFT_UNKNOWN: ({ context }) => noDraftPage(context),
  DRAFTS_TOO_MANY: ({ context, say, details }) =>
    noticePage(context, say.manyDraftsTitle, say.manyDrafts(details.atMost), html`<a href="/new">${say.toDrafts}</a>`),
}

function awayPage({ context, say, request }: Told<PageCode>, what: string): Html {
  return noticePage(context, say.awayTitle, what, back(request, say.tryAgain))
}

/** A login that leads on to the page that was asked for, or does what was posted, with what was filled in. */
function loginForStaff(request: FastifyRequest): LoginForm & { wasLoggedOut: boolean } {
  const here = request.url.split('?')[0]!
  const wasLoggedOut = request.visitor?.wasLoggedOut ?? false
  if (request.method === 'GET') return { action: '/login', carried: { to: [here] }, wasLoggedOut }
  const fields = Object.entries(formOf(request))
    .filter(([name]) => name !== 'login' && name !== 'password')
    .map(([name, value]): [string, string[]] => [name, [value].flat().filter(each => typeof each === 'string')])
  return { action: here, carried: Object.fromEntries(fields), wasLoggedOut }
}

function loginOf(request: FastifyRequest): string {
  const { login } = formOf(request)
  return typeof login === 'string' ? login : ''
}
