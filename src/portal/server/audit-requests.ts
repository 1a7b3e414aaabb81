import type { FastifyInstance, FastifyRequest } from 'fastify'
import { admitByAll, makeFloodGuard, type FloodGuard } from '#audit/flood-guard.ts'
import { hashToken } from '#crypto/link-token.ts'
import type { AuditAction, AuditActor, AuditDetails } from '#database/audit.ts'
import { recordRequests, wasEverLogin, type RequestEntry } from '#database/portal-audit.ts'
import { addressKey } from '#platform/address-key.ts'
import { canBeRight, canonical } from '#mail/address.ts'
import { isFailure, type Failure } from '#failure.ts'
import { isAutomatic } from './automatic.ts'
import { countVisitsOf } from './count-visits.ts'
import { gather } from '#platform/batch.ts'
import type { PortalDeps } from './portal-deps.ts'
import { uuid } from '#platform/uuid.ts'
import { formOf } from './fields-of.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * Records that this happened in answer to the request: by whom, at which link or ticket, and where from is known.
     * Await it before the answer: it throws where it cannot be recorded, and then the answer must not be given.
     */
    audit(action: AuditAction, more?: { actor?: AuditActor; details?: AuditDetails }): Promise<void>
    /** Records a refusal. It is an answer that gives nothing away: where it cannot be recorded, that is for the log. */
    auditRefusal(failure: Failure): Promise<void>
  }
}

/** At one link from one address, and of refusals of one kind from one address or session: beyond it they are only counted. */
const pagesPerMinute = 30
const refusalsPerMinute = 120
/** Of refusals of one kind from everywhere: whoever comes from many addresses must not fill the audit either. */
const refusalsOfAllPerMinute = 600

const shown = new Set<AuditAction>(['page-shown', 'text-shown'])
/** Gives requests their way to the audit. Register it before the routes. */
export function auditRequests(app: FastifyInstance, deps: Pick<PortalDeps, 'db' | 'log'>): void {
  const { db, log } = deps
  const record = gather<RequestEntry>(
    entries => recordRequests(db, entries),
    error => isFailure(error, 'DATABASE_AWAY'),
  )
  const countVisit = countVisitsOf(app, deps)
  const pages = makeFloodGuard(pagesPerMinute)
  const refusals = makeFloodGuard(refusalsPerMinute)
  const refusalsOfAll = makeFloodGuard(refusalsOfAllPerMinute)

  app.decorateRequest('audit', async function (this: FastifyRequest, action, more = {}) {
    const key = `${addressKey(this.ip)} ${(this.params as { token?: string }).token}`
    const isPage = shown.has(action)
    const details = { ...more.details, ...(isPage && isAutomatic(this) && { automatic: true }) }
    const heldBack = isPage ? pages.admit(key) : 0
    const entry = entryOf(this, { action, ...more, details }, heldBack ?? 0)
    if (heldBack !== null) return record(entry)
    const { person } = details as AuditDetails
    if (action !== 'page-shown' || typeof person !== 'string' || entry.tokenHash === null) return
    countVisit({ tokenHash: entry.tokenHash, person, automatic: 'automatic' in details })
  })

  app.decorateRequest('auditRefusal', async function (this: FastifyRequest, failure) {
    const who = this.visitor?.sessionHash?.toString('hex') ?? addressKey(this.ip)
    // Each kind by itself, so that none that is easily caused hides another.
    const kind = `${failure.code} ${hasPassword(this)}`
    const guards: [FloodGuard, string][] = [
      [refusals, `${who} ${kind}`],
      [refusalsOfAll, kind],
    ]
    const heldBack = admitByAll(guards)
    if (heldBack === null) return
    try {
      const details = { code: failure.code, login: await loginToTell(db, this, failure) }
      await record(entryOf(this, { action: actionOf(failure), details }, heldBack))
    } catch (error) {
      log.error({ request: this.id, code: failure.code, err: error }, 'A refusal was not recorded')
    }
  })
}

function entryOf(
  request: FastifyRequest,
  { action, actor, details }: { action: AuditAction; actor?: AuditActor; details: AuditDetails },
  heldBack: number,
): RequestEntry {
  const { token, ticket, zip } = request.params as { token?: string; ticket?: string; zip?: string }
  const ticketId = ticket ?? zip ?? ''
  return {
    action,
    ...(actor === undefined ? {} : { actor }),
    sessionHash: request.visitor?.sessionHash ?? null,
    tokenHash: token === undefined ? null : hashToken(token),
    ticketId: uuid.test(ticketId) ? ticketId : null,
    address: request.ip,
    details: { ...details, ...(heldBack > 0 && { unrecorded: heldBack }) },
  }
}

function actionOf({ edges: { group } }: Failure): AuditAction {
  if (group === 'login') return 'login-failed'
  return group === 'code' ? 'code-failed' : 'refused'
}

/** Whether the directory may have been asked: an empty password is wrong without asking, and without being throttled. */
function hasPassword(request: FastifyRequest): boolean {
  const { login, password } = formOf(request)
  return typeof login === 'string' && typeof password === 'string' && canBeRight(login, password)
}

/** The name that was typed, where it is one that somebody has logged in by: people type passwords there. */
async function loginToTell(
  db: PortalDeps['db'],
  request: FastifyRequest,
  { edges }: Failure,
): Promise<string | undefined> {
  const { login } = formOf(request)
  if (edges.group !== 'login' || typeof login !== 'string' || login.length > 256 || login.includes('\0'))
    return undefined
  const name = canonical(login.trim())
  return (await wasEverLogin(db, name)) ? name : undefined
}
