import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import type { SMTPServerOptions } from 'smtp-server'
import type { Settings } from '#settings/schema.ts'
import { makeConnectionLimit } from './connection-limit.ts'
import { ExactServer, shuttingDown } from './exact-server.ts'
import { endTransaction, makeHandlers, unused, type OnMail, type ReceiveParts, type Session } from './handlers.ts'
import { networkTest } from './networks.ts'

type ListenerSettings = Settings['gateway']['listeners'][number]

/** How long a running mail may go on when Kuvert is stopped. */
const closeSeconds = 30

/** Sockets beyond the limits, so that those who are one too many can be told so. */
const socketsToSpare = 100

/** Listens on one address. Returns the port, and `close`, which refuses new mail and resolves when running mails have ended. */
export async function listen(parts: ReceiveParts, listener: ListenerSettings, onMail: OnMail) {
  const { settings, log } = parts
  const tls = settings.tls && listener.tls !== 'none' ? await readTls(settings.tls) : undefined
  const isTrusted = networkTest(settings.trustedNetworks)
  const running = new Set<Promise<void>>()

  const mayRelay = (session: Session) =>
    session.account !== undefined || (!session.isUnnamed && isTrusted(session.remoteAddress))

  const gate = {
    isProxy: networkTest(listener.proxyFrom),
    connections: parts.connections,
    handshakes: makeConnectionLimit(settings.limits),
    maxSockets: 2 * settings.limits.connections + socketsToSpare,
    isStranger: (session: Session) => !mayRelay(session),
    onReset: endTransaction,
  }
  const options: SMTPServerOptions = {
    name: settings.hostname,
    banner: 'Kuvert',
    heloResponse: '%s',
    secure: listener.tls === 'implicit',
    ...(tls ?? { hideSTARTTLS: true }),
    disabledCommands: [...unused, ...(tls ? [] : ['STARTTLS', 'AUTH'])],
    authOptional: true,
    authMethods: ['PLAIN', 'LOGIN'],
    hideDSN: false,
    hideENHANCEDSTATUSCODES: false,
    disableReverseLookup: true,
    size: settings.limits.mailBytes,
    socketTimeout: settings.limits.idleSeconds * 1000,
    closeTimeout: closeSeconds * 1000,
    maxAllowedUnauthenticatedCommands: false,
    logger: false,
    ...makeHandlers(parts, { hasTls: tls !== undefined, mayRelay, onMail, running }),
  }
  const server = new ExactServer(options, gate)
  server.on('error', error => log.debug({ err: error }, 'an SMTP connection failed'))
  server.listen(listener.port, listener.address)
  await once(server.server, 'listening')
  return {
    port: (server.server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      // Those that are in the middle of a mail may end it; the others are told to come back.
      for (const connection of server.connections) {
        if (!(connection.session as Session).receiving) connection.send(421, shuttingDown)
      }
      await Promise.all([closed, ...running])
    },
  }
}

async function readTls(files: { certificate: string; key: string }) {
  const [cert, key] = await Promise.all([readFile(files.certificate), readFile(files.key)])
  return { cert, key, minVersion: 'TLSv1.2' as const }
}
