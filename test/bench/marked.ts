import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startMinio } from '../support/minio.ts'
import { canStartPostfix } from '../support/postfix.ts'
import { findProgram, hasServer } from '../support/servers.ts'
import type { Bench } from './context.ts'
import { addRatioGoal, printMeasured } from './goals.ts'
import type { KuvertProcess } from '../support/kuvert-process.ts'
import { startProfiledKuvert } from './profiled-kuvert.ts'
import { canCompile, compile } from './load/compile.ts'
import { writeAttachmentMail } from './load/mail-file.ts'
import { sendThrough, startSink, type Sink } from './load/smtp-load.ts'
import { interleave, type Contender, type Measured } from './measure.ts'
import { emptyFolder, startMimeDefang, type MimeDefang } from './peers/mimedefang.ts'
import { startNodePeer, type Peer } from './peers/node-peer.ts'

const kibibyte = 1024
const mebibyte = 1024 ** 2
const atOnce = 4
/** A copy has no more than the text, the block and the header. */
const copyMostBytes = 32 * kibibyte

interface Size {
  name: string
  bytes: number
  mails: { kuvert: number; minio: number; defang: number; limit: number }
  goals: { defang?: number; limit?: number }
}

const sizes: Size[] = [
  {
    name: '100 KiB',
    bytes: 100 * kibibyte,
    mails: { kuvert: 400, minio: 200, defang: 120, limit: 2000 },
    goals: { defang: 3 },
  },
  { name: '1 MiB', bytes: mebibyte, mails: { kuvert: 200, minio: 100, defang: 80, limit: 600 }, goals: { defang: 3 } },
  { name: '10 MiB', bytes: 10 * mebibyte, mails: { kuvert: 40, minio: 20, defang: 12, limit: 80 }, goals: {} },
  {
    name: '100 MiB',
    bytes: 100 * mebibyte,
    mails: { kuvert: 8, minio: 4, defang: 4, limit: 12 },
    goals: { defang: 3, limit: 0.5 },
  },
]

/** Everything that takes marked mails, with what is written by each. */
interface Contestants {
  program: string
  sink: Sink
  kuvert: KuvertProcess
  withMinio: KuvertProcess | undefined
  defang: MimeDefang | undefined
  limit: Peer
  limitFolder: string
}

/** Marked mails with one attachment: until the copy is at the sink, against MIMEDefang and the machine's own limit. */
export async function benchMarked(bench: Bench): Promise<number> {
  if (!canCompile()) {
    console.log('Skipped, for it takes a C compiler on Linux.')
    return 0
  }
  // Started anew for each size, so that what was stored goes in between.
  for (const size of sizes) {
    const measured = await measure(bench, await startAll(bench), size)
    printMeasured(`marked ${size.name}, ${atOnce} at once`, 'mails/s', measured)
    addGoals(bench, size, measured)
    await bench.stopAll()
  }
  return 0
}

function addGoals({ goals }: Bench, { name, goals: wanted }: Size, measured: Measured[]): void {
  const find = (other: string) => measured.find(one => one.name === other)
  const kuvert = find('Kuvert')
  if (wanted.defang) addRatioGoal(goals, `marked ${name}, times MIMEDefang`, wanted.defang, kuvert, find('MIMEDefang'))
  if (wanted.limit)
    addRatioGoal(goals, `marked ${name}, of the machine's own limit`, wanted.limit, kuvert, find('machine limit'))
}

async function startAll(bench: Bench): Promise<Contestants> {
  const program = await compile('smtp-source', bench.folder)
  const sink = bench.keep(await startSink(bench.folder))
  const nextHop = { kind: 'smtp', host: '127.0.0.1', port: sink.port, tls: 'none' }
  const kuvert = bench.keep(await startProfiledKuvert(bench.profileFolder, { nextHop }))
  const minio = hasServer('minio') ? bench.keep(await startMinio()) : undefined
  const withMinio = minio && bench.keep(await startProfiledKuvert(undefined, { nextHop, objects: minio.settings }))
  const canDefang = canStartPostfix() && findProgram('mimedefang') !== undefined
  const defang = canDefang ? bench.keep(await startMimeDefang(sink.port)) : undefined
  const limitFolder = join(bench.folder, 'limit')
  await mkdir(limitFolder, { recursive: true })
  const limit = bench.keep(await startNodePeer('machine-limit', limitFolder))
  if (!minio) console.log('Without MinIO, which is not here.')
  if (!defang) console.log('Without MIMEDefang: it takes Postfix, mimedefang and root.')
  return { program, sink, kuvert, withMinio, defang, limit, limitFolder }
}

async function measure(bench: Bench, contestants: Contestants, size: Size): Promise<Measured[]> {
  const { program, sink, kuvert, withMinio, defang, limit, limitFolder } = contestants
  const file = join(bench.folder, 'marked.eml')
  await writeAttachmentMail(file, '[secure] The file', size.bytes)
  const send = (port: number, count: number, to?: Sink) => {
    const mails = bench.quick ? Math.max(atOnce, Math.ceil(count / 4)) : count
    return sendThrough(program, { port, connections: atOnce, mails, mode: 'reused', file }, to, {
      mostBytes: copyMostBytes,
    })
  }
  const contenders: Contender[] = [
    { name: 'Kuvert', pids: [kuvert.pid], run: () => send(kuvert.smtpPort, size.mails.kuvert, sink) },
    {
      name: 'machine limit',
      pids: limit.pids,
      run: () => send(limit.port, size.mails.limit),
      clean: () => emptyFolder(limitFolder),
    },
  ]
  if (defang)
    contenders.push({
      name: 'MIMEDefang',
      pids: defang.pids,
      run: () => send(defang.port, size.mails.defang, sink),
      clean: () => emptyFolder(defang.documents),
    })
  if (withMinio)
    contenders.push({
      name: 'Kuvert with MinIO',
      pids: [withMinio.pid],
      run: () => send(withMinio.smtpPort, size.mails.minio, sink),
    })
  return interleave(contenders, bench.runs)
}
