import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { createSecureContext, type SecureContext } from 'node:tls'
import { networkTest } from '#platform/networks.ts'
import type { Settings } from '#settings/schema.ts'
import { makeConnectionLimit, type ConnectionLimit } from '#gateway/accept/connection-limit.ts'
import { openConversation, shuttingDown } from '#gateway/commands/conversation.ts'
import type { Conversation, Host } from '#gateway/commands/host.ts'
import { letIn } from '#gateway/accept/accept-connection.ts'

type ListenerSettings = Settings['gateway']['listeners'][number]

/** What mail is received with. */
export type ReceiveDeps = Pick<Host, 'settings' | 'language' | 'log' | 'nextHop' | 'logIn' | 'onMail'> & {
  connections: ConnectionLimit
}

/** How long a running mail may go on when Kuvert is stopped. */
const closeSeconds = 30
/** For what has been cut off to notice it. */
const cutMs = 1000

/** Sockets beyond the limits (of trusted clients, of all others, and of handshakes), so that those who are one too many can be told so. */
const socketsToSpare = 100

/** Listens on one address. Returns the port, and `close`, which refuses new mail and resolves when running mails have ended. */
export async function listen(deps: ReceiveDeps, listener: ListenerSettings) {
  const { settings, log } = deps
  const secureContext = settings.tls && listener.tls !== 'none' ? await readTls(settings.tls) : undefined
  const sockets = new Set<Socket>()
  /** Those with whom a conversation has begun. */
  const conversations = new Map<Socket, Conversation>()
  let closing = false

  const host: Host = {
    ...deps,
    secureContext,
    mayRelay: session => session.account !== null || session.isTrusted,
    running: new Set(),
    isClosing: () => closing,
  }
  const gate = {
    isProxy: networkTest(listener.proxyFrom),
    isTrusted: networkTest(settings.trustedNetworks),
    connections: deps.connections,
    handshakes: makeConnectionLimit(settings.limits),
    tlsFirst: listener.tls === 'implicit' ? secureContext : undefined,
    silence: silenceOf(settings),
  }
  const serve = async (socket: Socket) => {
    const arrived = await letIn(gate, socket)
    if (!arrived) return
    if (closing) return void socket.destroy()
    const conversation = openConversation(host, arrived)
    conversations.set(socket, conversation)
    await conversation.begin()
  }
  // Replies are small and awaited: they do not wait for more.
  const server = createServer({ noDelay: true }, socket => {
    sockets.add(socket)
    socket
      .on('error', () => undefined)
      .once('close', () => {
        sockets.delete(socket)
        conversations.delete(socket)
      })
    serve(socket).catch((error: unknown) => {
      log.error({ err: error }, 'an SMTP connection failed')
      socket.destroy()
    })
  })
  server.maxConnections = 3 * settings.limits.connections + socketsToSpare
  server.listen(listener.port, listener.address)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close: async (withinSeconds = closeSeconds) => {
      closing = true
      const timer = setTimeout(() => sockets.forEach(socket => socket.destroy()), withinSeconds * 1000)
      // What has been cut off by then ends with the process: its client has no answer, and will send it again.
      const cut = pause(withinSeconds * 1000 + cutMs, undefined, { ref: false })
      await Promise.race([closeAll(server, sockets, conversations, host.running), cut])
      clearTimeout(timer)
    },
  }
}

function silenceOf({ limits }: Settings['gateway']) {
  return { ofStrangers: limits.strangerIdleSeconds * 1000, ofOthers: limits.idleSeconds * 1000 }
}

async function closeAll(
  server: Server,
  sockets: Set<Socket>,
  conversations: Map<Socket, Conversation>,
  running: Set<Promise<unknown>>,
): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()))
  for (const socket of sockets) if (!conversations.has(socket)) socket.destroy()
  // Those that are in the middle of a mail may end it; the others are told to come back.
  for (const conversation of conversations.values()) if (!conversation.receiving) conversation.say(shuttingDown())
  await Promise.all([closed, ...running])
}

async function readTls(files: { certificate: string; key: string }): Promise<SecureContext> {
  const [cert, key] = await Promise.all([readFile(files.certificate), readFile(files.key)])
  return createSecureContext({ cert, key, minVersion: 'TLSv1.2' })
}
