import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connectSmtp } from '../../support/smtp-client.ts'
import { freePort } from '#platform/free-port.ts'
import type { Run } from '../measure.ts'
import { compile } from './compile.ts'

/** How a source sends. */
export interface Sending {
  port: number
  connections: number
  mails: number
  /** Many mails on a connection, or one on each. */
  mode: 'reused' | 'new'
  /** MAIL, RCPT and DATA together, as MTAs do, or one command at a time, as mail clients do. */
  pipelined?: boolean
  file: string
}

/** A process that takes mails and counts them. */
export interface Sink {
  port: number
  reset(): Promise<void>
  /** Once so many mails have come whole: what came, and when the last one did (nanoseconds of the monotonic clock). */
  wait(mails: number): Promise<{ mails: number; bytes: number; lastNs: number }>
  stop(): Promise<void>
}

/** Compiles it into `folder`, and starts it. */
export async function startSink(folder: string): Promise<Sink> {
  const program = await compile('smtp-sink', folder)
  const port = await freePort()
  const child = spawn(program, [String(port)], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  const { client } = await connectSmtp(port)
  const ask = async (line: string) => {
    const reply = await client.say(line)
    const [mails, bytes, lastNs] = reply.lines[0]!.split(' ').map(Number)
    return { mails: mails!, bytes: bytes!, lastNs: lastNs! }
  }
  return {
    port,
    reset: async () => void (await ask('XRESET')),
    wait: mails => ask(`XWAIT ${mails}`),
    stop: async () => {
      client.close()
      child.kill()
    },
  }
}

/**
 * Sends, and waits until the sink has it all (without a sink, until every mail was taken): from the first connection to
 * the last mail. `mails` mails must come to at least `leastBytes` and at most `mostBytes` each.
 */
export async function sendThrough(
  program: string,
  sending: Sending,
  sink?: Sink,
  bounds: { leastBytes?: number; mostBytes?: number } = {},
): Promise<Run> {
  await sink?.reset()
  const source = await runSource(program, sending)
  const arrived = await sink?.wait(sending.mails)
  if (arrived) checkArrived(arrived, sending.mails, bounds)
  const seconds = ((arrived?.lastNs ?? source.lastNs) - source.firstNs) / 1e9
  return {
    rate: sending.mails / seconds,
    megabytesPerSecond: source.bytes / 1e6 / seconds,
    count: sending.mails,
  }
}

function checkArrived(
  arrived: { mails: number; bytes: number },
  mails: number,
  { leastBytes = 0, mostBytes = Infinity }: { leastBytes?: number; mostBytes?: number },
): void {
  const bytesEach = arrived.bytes / arrived.mails
  if (arrived.mails !== mails) throw new Error(`${mails} mails were sent and ${arrived.mails} have come.`)
  if (bytesEach < leastBytes || bytesEach > mostBytes)
    throw new Error(`Mails of ${bytesEach} bytes have come, where ${leastBytes} to ${mostBytes} were expected.`)
}

async function runSource(program: string, { port, connections, mails, mode, pipelined, file }: Sending) {
  const pace = pipelined ? 'pipelined' : 'step'
  const child = spawn(program, [String(port), String(connections), String(mails), mode, pace, file], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [output, errors, code] = await Promise.all([textOf(child.stdout), textOf(child.stderr), exitCodeOf(child)])
  if (code !== 0) throw new Error(`Sending to port ${port} failed: ${errors}`)
  const [sent, bytes, firstNs, lastNs] = output.split(' ').map(Number)
  return { sent: sent!, bytes: bytes!, firstNs: firstNs!, lastNs: lastNs! }
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text.trim()
}

async function exitCodeOf(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, 'exit')) as [number | null]
  return code
}
