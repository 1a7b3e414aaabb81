import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import multipart from '@fastify/multipart'
import fastify, { type FastifyInstance } from 'fastify'
import { readAssets, serveAssets } from '#portal/server/assets.ts'
import { auditRequests } from '#portal/server/audit-requests.ts'
import { serveSentMessageChange } from '#portal/sent/sent-message-change.ts'
import { makeUploadRoom } from '#portal/write/upload-room.ts'
import { connectionOptions, limitConnections } from '#portal/server/connection-limits.ts'
import { serveAccount } from '#portal/account/account.ts'
import { serveAccountContacts } from '#portal/account/account-contacts.ts'
import { serveAccountImport } from '#portal/account/account-import.ts'
import { serveDTicket } from '#portal/fetch/d-ticket.ts'
import { serveLTokenFiles } from '#portal/fetch/l-token-files.ts'
import { serveLTokenZip } from '#portal/fetch/l-token-zip.ts'
import { makeSlots } from '#portal/fetch/download-slots.ts'
import { serveZZip } from '#portal/fetch/z-zip.ts'
import { readForwardedAddresses } from '#portal/server/forwarded-addresses.ts'
import { replyNotFound, replyWithFailure } from './failure-pages.ts'
import { keepLanguage } from '#portal/server/language.ts'
import { logRequests } from '#portal/server/log-requests.ts'
import { serveDrafts } from '#portal/write/drafts.ts'
import { serveReceived } from '#portal/received/received.ts'
import { serveSent } from '#portal/sent/sent.ts'
import { serveLTokenCode } from '#portal/open/l-token-code.ts'
import { serveLogin } from '#portal/login/login.ts'
import { serveLogout } from '#portal/login/logout.ts'
import { serveLToken } from '#portal/open/l-token.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import { requireSameOrigin } from '#portal/server/same-origin.ts'
import type { PageDeps } from '#portal/server/show-page.ts'
import { setSecurityHeaders } from '#portal/server/security-headers.ts'
import { dropSlowBodies, type BodyPatience } from '#portal/server/slow-bodies.ts'
import { serveHealthz } from '#portal/server/healthz.ts'
import { serveReadyz } from '#portal/server/readyz.ts'
import { serveHome } from '#portal/login/home.ts'
import { serveSentMessage } from '#portal/sent/sent-message.ts'
import { serveLTokenText } from '#portal/fetch/l-token-text.ts'
import { serveSuggestions } from '#portal/recipients/suggestions.ts'
import { serveNewDraftFiles } from '#portal/write/new-draft-files.ts'
import { openViews, type Views } from '#portal/view/views.ts'
import { serveNew } from '#portal/write/new.ts'

/** A portal that listens. */
export interface RunningPortal {
  port: number
  /** Takes no more requests, lets downloads finish for so many seconds (30), and then drops them: they can be resumed. */
  close(withinSeconds?: number): Promise<void>
}

const bodyLimitBytes = 16 * 1024
/** Of the form that a message is written in; files are stored while they arrive, each up to what its own limit is. */
const multipartLimits = {
  fieldSize: 2 * 1024 * 1024,
  fields: 100,
  fieldNameSize: 100,
  fileSize: Infinity,
  headerPairs: 20,
}
/** Methods that change nothing (RFC 9110 section 9.2.1). */
const harmless = new Set(['GET', 'HEAD', 'OPTIONS'])
const keepAliveSeconds = 15
const handshakeSeconds = 10
const closeSeconds = 30

/** How long clients may keep us waiting. */
interface Patience extends BodyPatience {
  /** What a text may take to be read for its page: time, and memory besides its bytes. */
  viewSeconds: number
  viewMebibytes: number
  /** A client that takes no byte for so long is dropped, and with it what it holds of the object storage. */
  idleSeconds: number
}

const usualPatience: Patience = {
  idleSeconds: 120,
  formSeconds: 30,
  uploadSeconds: 60,
  viewSeconds: 15,
  viewMebibytes: 192,
}

/** The portal with all of its routes, in the order of this file; it does not listen yet. */
function buildPortal(deps: PortalDeps, patience: Patience): FastifyInstance {
  const { url } = deps.settings.portal
  const isHttps = url.startsWith('https:')
  const app = newServer(deps.settings.portal, patience.idleSeconds)
  readForwardedAddresses(app.server)
  const isBehindProxies = deps.settings.portal.trustProxy.length > 0
  limitConnections(app.server, { isBehindProxies })
  // Also a proxy that ends TLS and is not asked for the client's address.
  const proxyAnswers = isBehindProxies || (isHttps && !deps.settings.portal.tls)
  const assets = readAssets(deps.settings.portal)
  const views = openViews(deps.log, { seconds: patience.viewSeconds, mebibytes: patience.viewMebibytes })
  app.addHook('onClose', () => views.close())
  const pageDeps = { ...deps, views, ...assets }

  const slots = makeSlots(deps.settings.portal)

  app.decorateRequest('visitor', null)
  app.register(cookie)
  app.removeAllContentTypeParsers()
  app.register(formbody, { bodyLimit: bodyLimitBytes })
  app.register(multipart, { limits: multipartLimits })
  dropSlowBodies(app, patience)
  logRequests(app, deps.log)
  auditRequests(app, deps)
  app.addHook('onRequest', async (request, reply) => {
    setSecurityHeaders(reply, isHttps)
    if (!harmless.has(request.method)) requireSameOrigin(request.headers, { url, proxyAnswers })
    keepLanguage(request, reply, isHttps)
  })
  app.setErrorHandler((error, request, reply) => replyWithFailure(pageDeps, error, request, reply))
  app.setNotFoundHandler((request, reply) => replyNotFound(pageDeps, request, reply))

  // Routes are registered once the plugins that they need are there.
  app.after(() => {
    serveHome(app, pageDeps)
    serveHealthz(app)
    serveReadyz(app, deps)
    serveAssets(app, assets)
    serveLToken(app, pageDeps)
    serveLogin(app, deps)
    serveLogout(app, deps)
    serveLTokenCode(app, pageDeps)
    serveLTokenFiles(app, pageDeps)
    serveDTicket(app, pageDeps, slots)
    serveLTokenZip(app, pageDeps)
    serveZZip(app, pageDeps, slots)
    serveLTokenText(app, pageDeps)
    if (deps.settings.compose.enabled) servePagesOfStaff(app, pageDeps)
  })
  return app
}

/** The pages of those who write messages here. */
function servePagesOfStaff(app: FastifyInstance, deps: PortalDeps & PageDeps & { views: Views }): void {
  const room = makeUploadRoom()
  serveNew(app, { ...deps, room })
  serveNewDraftFiles(app, { ...deps, room })
  serveSuggestions(app, deps)
  serveDrafts(app, deps)
  serveReceived(app, deps)
  serveAccount(app, deps)
  serveAccountContacts(app, deps)
  serveAccountImport(app, deps)
  serveSent(app, deps)
  serveSentMessage(app, deps)
  serveSentMessageChange(app, deps)
}

/** Listens as configured; port 0 is any free one. */
export async function startPortal(deps: PortalDeps, patience: Partial<Patience> = {}): Promise<RunningPortal> {
  const app = buildPortal(deps, { ...usualPatience, ...patience })
  const { address, port } = deps.settings.portal
  await app.listen({ host: address, port })
  return {
    port: (app.server.address() as AddressInfo).port,
    close: async (withinSeconds = closeSeconds) => {
      const drop = setTimeout(() => app.server.closeAllConnections(), withinSeconds * 1000)
      await app.close()
      clearTimeout(drop)
    },
  }
}

function newServer({ tls, trustProxy }: PortalDeps['settings']['portal'], idleSeconds: number): FastifyInstance {
  const options = {
    exposeHeadRoutes: false,
    trustProxy: trustProxy.length > 0 ? trustProxy : false,
    bodyLimit: bodyLimitBytes,
    // One for forms and files alike would cut off every file that takes longer: see `dropSlowBodies`.
    requestTimeout: 0,
    keepAliveTimeout: keepAliveSeconds * 1000,
    connectionTimeout: idleSeconds * 1000,
    forceCloseConnections: 'idle',
    genReqId: () => randomUUID(),
    // It would log addresses of pages, and with them tokens: `logRequests` logs instead.
    logger: false,
  } as const
  if (!tls) return fastify({ ...options, http: connectionOptions })
  const files = { cert: readFileSync(tls.certificate), key: readFileSync(tls.key) }
  const https = {
    ...connectionOptions,
    ...files,
    minVersion: 'TLSv1.2',
    handshakeTimeout: handshakeSeconds * 1000,
  } as const
  // The type of the raw server is of no concern to the routes.
  return fastify({ ...options, https }) as unknown as FastifyInstance
}
