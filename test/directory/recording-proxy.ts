import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** Somebody on the line: passes bytes on and keeps what the client says. */
export interface RecordingProxy {
  port: number
  /** How many connections came. */
  connections(): number
  /** All that clients said, as latin1. */
  said(): string
  close(): Promise<void>
}

/** Listens on loopback and passes everything on to the port; `onAnswer` may change what the server says first. */
export async function recordingProxy(
  toPort: number,
  onAnswer: (bytes: Buffer, connection: number) => Buffer = bytes => bytes,
): Promise<RecordingProxy> {
  const chunks: Buffer[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer(client => {
    const connection = ++connections
    const upstream = connect(toPort, '127.0.0.1')
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => other.destroy())
    }
    client.on('data', (bytes: Buffer) => {
      chunks.push(bytes)
      upstream.write(bytes)
    })
    let first = true
    upstream.on('data', (bytes: Buffer) => {
      client.write(first ? onAnswer(bytes, connection) : bytes)
      first = false
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    said: () => Buffer.concat(chunks).toString('latin1'),
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await once(server.close(), 'close')
    },
  }
}
