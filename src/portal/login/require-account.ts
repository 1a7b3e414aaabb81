import type { FastifyReply, FastifyRequest } from 'fastify'
import { hashToken, randomToken } from '#crypto/link-token.ts'
import { canonical } from '#mail/address.ts'
import { logIn } from '#directory/throttled-login.ts'
import { Failure } from '#failure.ts'
import type { Account } from '#model.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import { authenticate } from './authenticate.ts'
import { readDeviceCookie, writeDeviceCookie } from './device-cookie.ts'
import { beginSession } from './session.ts'
import { formOf } from '#portal/server/fields-of.ts'

type Deps = Pick<PortalDeps, 'db' | 'keyring' | 'directory' | 'settings' | 'log'>

const maxLoginLength = 256
const maxPasswordLength = 1024

/**
 * The account that is logged in. A form may bring a login along: whoever was logged out while they wrote logs in and
 * sends in one step. Throws `NOT_LOGGED_IN`, and what `logIn` throws.
 */
export async function requireAccount(deps: Deps, request: FastifyRequest, reply: FastifyReply): Promise<Account> {
  const visitor = await authenticate(deps, request)
  const account = await visitor.account()
  if (account) return account
  if (!hasLogin(request)) throw new Failure('NOT_LOGGED_IN')
  return logInByForm(deps, request, reply)
}

/** Logs in with the name and password of the posted form. Throws what `logIn` throws. */
export async function logInByForm(deps: Deps, request: FastifyRequest, reply: FastifyReply): Promise<Account> {
  const visitor = request.visitor ?? (await authenticate(deps, request))
  const form = formOf(request)
  const login = field(form['login'], maxLoginLength).trim()
  const password = field(form['password'], maxPasswordLength)
  const isHttps = deps.settings.portal.url.startsWith('https:')
  const device = readDeviceCookie(request, isHttps)
  const deviceHash = device === null ? undefined : hashToken(device).toString('hex')
  const credentials = { login, password, address: request.ip, deviceHash }
  const account = await logIn({ ...deps, limits: deps.settings.gateway.limits, door: 'portal' }, credentials)
  writeDeviceCookie(reply, device ?? randomToken(), isHttps)
  await request.audit('login', { actor: `account:${account.id}`, details: { login: canonical(login) } })
  const sessionHash = await beginSession(deps, reply, { visitor, account })
  request.visitor = { ...visitor, sessionHash, accountName: account.name, account: () => Promise.resolve(account) }
  deps.log.info({ request: request.id, account: account.id, address: request.ip }, 'Logged in')
  return account
}

function hasLogin(request: FastifyRequest): boolean {
  const body = formOf(request)
  return request.method === 'POST' && typeof body['password'] === 'string'
}

/** A field that is missing, twice there or too long is as good as empty. */
function field(value: unknown, maxLength: number): string {
  return typeof value === 'string' && value.length <= maxLength ? value : ''
}
