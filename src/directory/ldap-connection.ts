import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { Client } from 'ldapts'

/** One server and how it is reached. */
export interface LdapTarget {
  /** ldap:// or ldaps:// */
  url: string
  /** With ldap://: nothing but STARTTLS is said in clear. */
  startTls: boolean
  /** PEM file; undefined: the well-known authorities. */
  ca?: string | undefined
  /** For the connection with its TLS handshake, and for each operation. */
  timeoutSeconds: number
}

// RFC 4511 section 4.14.1
const startTlsName = '1.3.6.1.4.1.1466.20037'

/**
 * Gives `use` a client on a connection of its own, not bound yet, and closes it afterwards. The client cannot
 * connect again by itself, which would be in clear and no longer bound. Throws what hinders it.
 */
export async function withLdapClient<Answer>(
  target: LdapTarget,
  use: (client: Client) => Promise<Answer>,
): Promise<Answer> {
  const socket = await openSocket(target)
  try {
    const client = clientOver(socket, target)
    const answer = await use(client)
    await client.unbind()
    return answer
  } finally {
    socket.destroy()
  }
}

async function openSocket(target: LdapTarget): Promise<Socket> {
  const { protocol, hostname, port } = new URL(target.url)
  const secure = protocol === 'ldaps:'
  const host = hostname.replace(/^\[|\]$/g, '') || 'localhost'
  const place = { host, port: Number(port) || (secure ? 636 : 389) }
  const trust: ConnectionOptions = {
    ...(target.ca === undefined ? {} : { ca: await readFile(target.ca) }),
    ...(isIP(host) ? {} : { servername: host }),
    // Said outright, so that no environment variable can turn it off.
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
  }
  if (secure) return opened(connectTls({ ...place, ...trust }), 'secureConnect', target)
  const plain = await opened(connect(place), 'connect', target)
  if (!target.startTls) return plain
  await askForTls(plain, target)
  const upgraded = connectTls({ socket: plain, host, ...trust })
  plain.on('error', error => upgraded.destroy(error))
  return opened(upgraded, 'secureConnect', target)
}

/**
 * Asks with a client that is thrown away: whatever somebody on the line adds in clear behind the server's answer
 * stays with it, and is never read as the beginning of what comes through TLS.
 */
async function askForTls(plain: Socket, target: LdapTarget): Promise<void> {
  try {
    await clientOver(plain, target).exop(startTlsName)
  } catch (cause) {
    plain.destroy()
    throw new Error(`STARTTLS was refused: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
  plain.removeAllListeners('data')
}

function clientOver(socket: Socket, target: LdapTarget): Client {
  const timeout = target.timeoutSeconds * 1000
  let used = false
  const createConnection = () => {
    if (used) throw new Error('the connection was lost')
    used = true
    return socket
  }
  // The URL's scheme keeps the client from adding TLS of its own; the connection is never made by it.
  return new Client({ url: 'ldap://localhost', timeout, connectTimeout: timeout, createConnection })
}

async function opened<S extends Socket>(socket: S, event: 'connect' | 'secureConnect', target: LdapTarget): Promise<S> {
  const signal = AbortSignal.timeout(target.timeoutSeconds * 1000)
  try {
    await once(socket, event, { signal })
    return socket
  } catch (error) {
    socket.destroy()
    if (!signal.aborted) throw error
    throw new Error(`no connection within ${target.timeoutSeconds} seconds`, { cause: error })
  }
}
