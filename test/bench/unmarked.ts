import { join } from 'node:path'
import { canStartPostfix } from '../support/postfix.ts'
import type { Bench } from './context.ts'
import { addRatioGoal, printMeasured } from './goals.ts'
import { startProfiledKuvert } from './profiled-kuvert.ts'
import { canCompile, compile } from './load/compile.ts'
import { writeAttachmentMail, writeTextMail } from './load/mail-file.ts'
import { sendThrough, startSink, type Sending } from './load/smtp-load.ts'
import { interleave, type Contender } from './measure.ts'
import { startNodePeer, type Peer } from './peers/node-peer.ts'
import { startBenchPostfix } from './peers/postfix.ts'

const smallBytes = 5 * 1024
const largeBytes = 100 * 1024 ** 2

interface Case {
  title: string
  sending: Omit<Sending, 'port' | 'mails' | 'file'>
  size: 'small' | 'large'
  /** For each contender so many that a round takes a second or more. */
  mails: { kuvert: number; proxy: number; postfix: number }
  goal?: { text: string; wanted: number }
}

const small = { kuvert: 12_000, proxy: 12_000, postfix: 2000 }
const cases: Case[] = [
  {
    title: 'unmarked 5 KiB, 20 connections, reused',
    sending: { connections: 20, mode: 'reused' },
    size: 'small',
    mails: small,
    goal: { text: 'unmarked 5 KiB, 20 connections reused, times Postfix', wanted: 5 },
  },
  {
    title: 'unmarked 5 KiB, 20 connections, reused, pipelined',
    sending: { connections: 20, mode: 'reused', pipelined: true },
    size: 'small',
    mails: small,
  },
  {
    title: 'unmarked 5 KiB, 20 at once, a new connection for each mail',
    sending: { connections: 20, mode: 'new' },
    size: 'small',
    mails: { kuvert: 1000, proxy: 4000, postfix: 2000 },
  },
  {
    title: 'unmarked 5 KiB, 200 at once, a new connection for each mail',
    sending: { connections: 200, mode: 'new' },
    size: 'small',
    mails: { kuvert: 4000, proxy: 4000, postfix: 2000 },
    goal: { text: 'unmarked 5 KiB, 200 new connections at once, times Postfix', wanted: 1 },
  },
  {
    title: 'unmarked 100 MiB, 4 at once',
    sending: { connections: 4, mode: 'reused' },
    size: 'large',
    mails: { kuvert: 8, proxy: 8, postfix: 4 },
    goal: { text: 'unmarked 100 MiB, 4 at once, times Postfix', wanted: 2 },
  },
]

/** Unmarked mail through Kuvert, Postfix and a plain TCP proxy, all to one sink. */
export async function benchUnmarked(bench: Bench): Promise<number> {
  if (!canCompile()) return skip('a C compiler on Linux')
  const program = await compile('smtp-source', bench.folder)
  const files = { small: join(bench.folder, 'small.eml'), large: join(bench.folder, 'large.eml') }
  await writeTextMail(files.small, 'The minutes', smallBytes)
  await writeAttachmentMail(files.large, 'The minutes', largeBytes)
  const sink = bench.keep(await startSink(bench.folder))
  const nextHop = { kind: 'smtp', host: '127.0.0.1', port: sink.port, tls: 'none' }
  const kuvert = bench.keep(await startProfiledKuvert(bench.profileFolder, { nextHop }))
  const proxy = bench.keep(await startNodePeer('tcp-proxy', String(sink.port)))
  const postfix = canStartPostfix() ? bench.keep(await startBenchPostfix(sink.port)) : undefined
  if (!postfix) skip('Postfix, as root')
  for (const { title, sending, size, mails, goal } of cases) {
    const contender = (name: string, peer: Pick<Peer, 'port' | 'pids'>, count: number): Contender => ({
      name,
      pids: peer.pids,
      run: () => {
        const toSend = bench.quick ? Math.ceil(count / 4) : count
        const bounds = { leastBytes: size === 'small' ? smallBytes : largeBytes }
        return sendThrough(program, { ...sending, port: peer.port, mails: toSend, file: files[size] }, sink, bounds)
      },
    })
    const measured = await interleave(
      [
        contender('Kuvert', { port: kuvert.smtpPort, pids: [kuvert.pid] }, mails.kuvert),
        contender('TCP proxy', proxy, mails.proxy),
        ...(postfix ? [contender('Postfix', postfix, mails.postfix)] : []),
      ],
      bench.runs,
    )
    printMeasured(title, 'mails/s', measured)
    if (goal) addRatioGoal(bench.goals, goal.text, goal.wanted, measured[0], measured[2])
  }
  return 0
}

function skip(what: string): number {
  console.log(`Skipped, for it takes ${what}.`)
  return 0
}
