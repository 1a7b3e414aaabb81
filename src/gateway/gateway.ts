import { auditLogins } from './audit-logins.ts'
import { processMail, type GatewayDeps } from './process-mail.ts'
import { makeConnectionLimit } from '#gateway/accept/connection-limit.ts'
import { makeHeaderRoom } from '#gateway/data/header-room.ts'
import { makeLogIn } from '#gateway/commands/log-in.ts'
import { removeScratchNames } from '#gateway/data/scratch-file.ts'
import { openSpool } from '#gateway/data/spool.ts'
import { listen, type ReceiveDeps } from './smtp-listener.ts'

/** Mail in: listens on every configured address. `close` refuses new mail and resolves when running mails have ended, or
 * after so many seconds. */
export async function startGateway(
  deps: GatewayDeps,
): Promise<{ ports: number[]; close(withinSeconds?: number): Promise<void> }> {
  const { gateway } = deps.settings
  await removeScratchNames(deps.scratchFolder)
  const mailDeps = {
    ...deps,
    headerRoom: makeHeaderRoom(),
    spool: openSpool(deps.scratchFolder, deps.keyring.derive('fingerprint key')),
  }
  const receiveDeps: ReceiveDeps = {
    settings: gateway,
    language: deps.settings.language,
    log: deps.log,
    nextHop: deps.nextHop,
    logIn: auditLogins(deps, makeLogIn({ ...deps, limits: gateway.limits })),
    onMail: (client, transaction, mail) => processMail(mailDeps, client, transaction, mail),
    connections: makeConnectionLimit(gateway.limits),
  }
  const started = await Promise.allSettled(gateway.listeners.map(listener => listen(receiveDeps, listener)))
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
