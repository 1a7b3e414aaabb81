import { auditLogins } from './audit-logins.ts'
import { processMail, type GatewayParts } from './process-mail.ts'
import { makeConnectionLimit } from '#gateway/accept/connection-limit.ts'
import { makeHeaderRoom } from '#gateway/data/header-room.ts'
import { makeLogIn } from '#gateway/commands/log-in.ts'
import { removeScratchNames } from '#gateway/data/scratch-file.ts'
import { openSpool } from '#gateway/data/spool.ts'
import { listen, type ReceiveParts } from './smtp-listener.ts'

/** Mail in: listens on every configured address. `close` refuses new mail and resolves when running mails have ended, or
 * after so many seconds. */
export async function startGateway(
  parts: GatewayParts,
): Promise<{ ports: number[]; close(withinSeconds?: number): Promise<void> }> {
  const { gateway } = parts.settings
  await removeScratchNames(parts.scratchFolder)
  const mailParts = {
    ...parts,
    headerRoom: makeHeaderRoom(),
    spool: openSpool(parts.scratchFolder, parts.keyring.derive('fingerprint key')),
  }
  const receiveParts: ReceiveParts = {
    settings: gateway,
    language: parts.settings.language,
    log: parts.log,
    nextHop: parts.nextHop,
    logIn: auditLogins(parts, makeLogIn({ ...parts, limits: gateway.limits })),
    onMail: (client, transaction, mail) => processMail(mailParts, client, transaction, mail),
    connections: makeConnectionLimit(gateway.limits),
  }
  const started = await Promise.allSettled(gateway.listeners.map(listener => listen(receiveParts, listener)))
  const listeners = started.flatMap(each => (each.status === 'fulfilled' ? [each.value] : []))
  const close = async (withinSeconds?: number) => {
    await Promise.all(listeners.map(listener => listener.close(withinSeconds)))
  }
  const failed = started.find(each => each.status === 'rejected')
  if (failed) {
    // No mail is taken by half of a gateway.
    await close()
    throw failed.reason
  }
  return { ports: listeners.map(listener => listener.port), close }
}
