import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A connection to a portal, over which a test says what no browser would. */
export async function openRaw(origin: string): Promise<Socket> {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

/** What came back until the other side hung up. */
export async function readToEnd(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  // The other side may well hang up in the middle of what we say.
  await new Promise(resolve => socket.once('close', resolve))
  return Buffer.concat(chunks).toString('latin1')
}

/** Says the same again and again until the other side hangs up, or has heard it so often. Returns how often. */
export async function sayOn(socket: Socket, text: string, times: number): Promise<number> {
  for (let time = 0; time < times; time += 1) {
    if (socket.destroyed) return time
    if (!socket.write(text)) await new Promise(resolve => setImmediate(resolve))
  }
  return times
}

/** Sends these bytes and reads until the portal hangs up; asks it to, where it would keep the line. */
export async function sendRaw(origin: string, request: string | Buffer): Promise<string> {
  const socket = await openRaw(origin)
  const answer = readToEnd(socket)
  socket.write(request)
  return answer
}

/** A GET of a path as it is written here, unchecked. */
export function getRaw(origin: string, path: string | Buffer, headers: string[] = []): Promise<string> {
  const rest = [' HTTP/1.1', 'Host: localhost', 'Connection: close', ...headers, '', ''].join('\r\n')
  return sendRaw(origin, Buffer.concat([Buffer.from('GET '), Buffer.from(path), Buffer.from(rest, 'latin1')]))
}

export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)
}
