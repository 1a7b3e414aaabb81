import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** A reply as it came: the code, and its lines without code and line end. */
export interface ClientReply {
  code: number
  lines: string[]
}

/** A bare SMTP client for tests: it says exactly what it is told to, and reads replies. */
export interface SmtpClient {
  /** Sends a line (CRLF is added) and reads the reply. */
  say(line: string): Promise<ClientReply>
  /** Sends bytes as they are, without reading. */
  write(bytes: Buffer | string): Promise<void>
  read(): Promise<ClientReply>
  /** DATA, the bytes with dots stuffed, the final dot; returns the final reply (or the one that refused DATA). */
  data(mail: Buffer): Promise<ClientReply>
  startTls(): Promise<void>
  /** TLS on this line, the go-ahead having been read. */
  handshake(): Promise<void>
  close(): void
  socket(): Socket
}

/** Connects, says `first` (the line of a balancer) where it is given, and reads the greeting. */
export async function connectSmtp(port: number, first = ''): Promise<{ client: SmtpClient; greeting: ClientReply }> {
  let socket: Socket = connect(port, '127.0.0.1')
  let buffer = ''
  let ended: Error | null = null
  let wake = () => undefined as void
  const attach = () => {
    socket.on('data', (chunk: Buffer) => {
      buffer += chunk.toString()
      wake()
    })
    socket.on('close', () => {
      ended ??= new Error(`the server closed the connection after: ${buffer}`)
      wake()
    })
    socket.on('error', error => {
      ended = error
      wake()
    })
  }
  await once(socket, 'connect')
  attach()
  if (first !== '') socket.write(first)

  const readLine = async (): Promise<string> => {
    for (;;) {
      const end = buffer.indexOf('\r\n')
      if (end !== -1) {
        const line = buffer.slice(0, end)
        buffer = buffer.slice(end + 2)
        return line
      }
      if (ended) throw ended
      await new Promise<void>(resolve => (wake = resolve))
    }
  }
  const read = async (): Promise<ClientReply> => {
    const lines: string[] = []
    for (;;) {
      const line = await readLine()
      lines.push(line.slice(4))
      if (line[3] !== '-') return { code: Number(line.slice(0, 3)), lines }
    }
  }
  const write = async (bytes: Buffer | string) => {
    if (socket.write(bytes)) return
    const moved = new AbortController()
    const events = ['drain', 'close'].map(event => once(socket, event, { signal: moved.signal }).catch(() => undefined))
    await Promise.race(events)
    moved.abort()
  }
  const client: SmtpClient = {
    read,
    write,
    async say(line) {
      await write(`${line}\r\n`)
      return read()
    },
    async data(mail) {
      const ready = await client.say('DATA')
      if (ready.code !== 354) return ready
      await write(stuffDots(mail))
      await write('.\r\n')
      return read()
    },
    async startTls() {
      const reply = await client.say('STARTTLS')
      if (reply.code !== 220) throw new Error(`STARTTLS: ${reply.code}`)
      await client.handshake()
    },
    async handshake() {
      socket.removeAllListeners('data')
      const secure = connectTls({ socket, rejectUnauthorized: false })
      await once(secure, 'secureConnect')
      socket = secure
      attach()
    },
    close: () => socket.destroy(),
    socket: () => socket,
  }
  return { client, greeting: await read() }
}

/** RFC 5321 section 4.5.2. */
export function stuffDots(mail: Buffer): Buffer {
  return Buffer.from(mail.toString('latin1').replace(/(^|\r\n)\./g, '$1..'), 'latin1')
}
