import { createServer, request, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a server answers, for a test to change before it is passed on. */
export interface Answer {
  method: string
  status: number
  headers: IncomingHttpHeaders
}

/** An HTTP proxy on a free loopback port, in front of a server on another, with which a test makes the server lie. */
export async function startLyingProxy(
  serverPort: number,
  lie: (answer: Answer) => void,
): Promise<{ port: number; stop(): Promise<void> }> {
  const server = createServer((asked, reply) => {
    const { method = '', url, headers } = asked
    const forwarded = request({ host: '127.0.0.1', port: serverPort, method, path: url, headers }, answered => {
      const answer: Answer = { method, status: answered.statusCode ?? 0, headers: { ...answered.headers } }
      lie(answer)
      reply.writeHead(answer.status, answer.headers)
      answered.pipe(reply)
    })
    forwarded.on('error', () => reply.destroy())
    asked.pipe(forwarded)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
