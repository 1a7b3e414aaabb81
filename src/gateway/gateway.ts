import { auditLogins } from './audit-logins.ts'
import { processMail, type GatewayParts } from './process-mail.ts'
import { makeConnectionLimit } from './receive/connection-limit.ts'
import { makeLogIn } from './receive/log-in.ts'
import type { OnMail } from './receive/handlers.ts'
import { listen } from './receive/smtp-listener.ts'

/** Mail in: listens on every configured address. `close` refuses new mail and resolves when running mails have ended. */
export async function startGateway(parts: GatewayParts): Promise<{ ports: number[]; close(): Promise<void> }> {
  const { gateway } = parts.settings
  const receiveParts = {
    settings: gateway,
    log: parts.log,
    nextHop: parts.nextHop,
    logIn: auditLogins(parts, makeLogIn({ ...parts, limits: gateway.limits })),
    connections: makeConnectionLimit(gateway.limits),
  }
  const onMail: OnMail = (client, transaction, stream) => processMail(parts, client, transaction, stream)
  const started = await Promise.allSettled(gateway.listeners.map(listener => listen(receiveParts, listener, onMail)))
  const listeners = started.flatMap(each => (each.status === 'fulfilled' ? [each.value] : []))
  const close = async () => {
    await Promise.all(listeners.map(listener => listener.close()))
  }
  const failed = started.find(each => each.status === 'rejected')
  if (failed) {
    // No mail is taken by half of a gateway.
    await close()
    throw failed.reason
  }
  return { ports: listeners.map(listener => listener.port), close }
}
