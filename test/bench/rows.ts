import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { openDatabase, type Database } from '#database/database.ts'
import { claimDeliveries, insertDeliveries, newLease } from '#database/deliveries.ts'
import { startEmbeddedPostgres } from '#database/embedded-postgres.ts'
import { migrate } from '#database/migrate.ts'
import { openFolderObjects } from '#objects/folder-objects.ts'
import { settingsSchema } from '#settings/schema.ts'
import { runUpkeep } from '#upkeep/upkeep.ts'
import { openBrowser } from '../support/browser.ts'
import { insertTestMessage } from '../support/test-message.ts'
import { testKeyring } from '../support/keyring.ts'
import { databaseUrl } from '../support/postgres-server.ts'
import type { Bench } from './context.ts'
import { printMeasured } from './goals.ts'
import { startProfiledKuvert } from './profiled-kuvert.ts'
import { canCompile, compile } from './load/compile.ts'
import { readThrough } from './load/http-load.ts'
import { writeAttachmentMail } from './load/mail-file.ts'
import { sendThrough, startSink, type Sink } from './load/smtp-load.ts'
import { interleave, type Contender, type Run } from './measure.ts'
import { fillRows } from './rows-fill.ts'

const levels = [0, 100_000, 1_000_000]
const quickLevels = [0, 100_000]
const mails = 150
const pages = 1500
const atOnce = 4
const claims = 20

/** A Kuvert over a database of its own that holds so many messages. */
interface Level {
  name: string
  mailsPerSecond(): Promise<Run>
  pagesPerSecond(): Promise<Run>
  claimsPerSecond(): Promise<Run>
  upkeepRoundsPerSecond(): Promise<Run>
}

/** What marked mail, pages, the courier's claim and a round of upkeep cost as stored messages become many. */
export async function benchRows(bench: Bench): Promise<number> {
  if (!canCompile()) {
    console.log('Skipped, for it takes a C compiler on Linux.')
    return 0
  }
  const programs = {
    smtp: await compile('smtp-source', bench.folder),
    http: await compile('http-load', bench.folder),
  }
  const sink = bench.keep(await startSink(bench.folder))
  const serverUrl = await startServer(bench)
  const stored: Level[] = []
  for (const messages of bench.quick ? quickLevels : levels) {
    const startedAt = performance.now()
    stored.push(await startLevel({ bench, programs, sink, serverUrl }, messages))
    console.log(`${messages} messages are there after ${((performance.now() - startedAt) / 1000).toFixed(0)} s.`)
  }
  const measure = async (title: string, unit: string, run: (level: Level) => Promise<Run>) => {
    const contenders = stored.map((level): Contender => ({ name: level.name, run: () => run(level) }))
    printMeasured(title, unit, await interleave(contenders, bench.runs))
  }
  await measure('marked 100 KiB, 4 at once', 'mails/s', level => level.mailsPerSecond())
  await measure('message pages, 20 clients', 'pages/s', level => level.pagesPerSecond())
  await measure("the courier's claim of 4 of 100 copies", 'claims/s', level => level.claimsPerSecond())
  await measure('upkeep where nothing is to be done', 'rounds/s', level => level.upkeepRoundsPerSecond())
  return 0
}

/** A real PostgreSQL, which syncs. */
async function startServer(bench: Bench): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kuvert-bench-postgres-'))
  await chmod(folder, 0o755)
  const server = await startEmbeddedPostgres({ folder })
  bench.keep({
    stop: async () => {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  })
  return server.url
}

interface Starting {
  bench: Bench
  programs: { smtp: string; http: string }
  sink: Sink
  serverUrl: string
}

async function startLevel({ bench, programs, sink, serverUrl }: Starting, messages: number): Promise<Level> {
  const url = await makeDatabase(serverUrl, `rows_${messages}`)
  const db = openDatabase({ url, maxConnections: 4, timeoutSeconds: 600 }, () => undefined)
  bench.keep({ stop: db.close })
  const masterKey = { id: 'bench', key: randomBytes(32) }
  const linkKey = { id: 'bench', key: randomBytes(32) }
  const input = {
    database: { kind: 'postgres', url } as const,
    keys: {
      master: [{ id: masterKey.id, secret: masterKey.key.toString('base64') }],
      link: [{ id: linkKey.id, secret: linkKey.key.toString('base64') }],
    },
    nextHop: { kind: 'smtp', host: '127.0.0.1', port: sink.port, tls: 'none' } as const,
  }
  // Upkeep is run by hand.
  const kuvert = bench.keep(await startProfiledKuvert(undefined, input, '--roles', 'gateway,courier,portal'))
  const objects = await openFolderObjects(join(kuvert.folder, 'objects'))
  const file = join(bench.folder, 'row.eml')
  await writeAttachmentMail(file, '[secure] The file', 100 * 1024)
  const send = (count: number) =>
    sendThrough(programs.smtp, { port: kuvert.smtpPort, connections: atOnce, mails: count, mode: 'reused', file }, sink)
  await send(1)
  const shown = await insertTestMessage(
    { db, objects, masterKeys: [masterKey], keyring: testKeyring([linkKey]) },
    { login: 'none' },
  )
  await openBrowser(kuvert.portalUrl).post(`${shown.path}/files/0`)
  await fillRows(db, messages)
  const portalPort = Number(new URL(kuvert.portalUrl).port)
  const settings = settingsSchema.parse({ ...input, upkeep: { forgetAfterDays: null } })
  const upkeep = { settings, log: pino({ level: 'silent' }), db, objects }
  return {
    name: `${messages.toLocaleString('en')} messages`,
    mailsPerSecond: () => send(mails),
    pagesPerSecond: () =>
      readThrough(programs.http, join(bench.folder, 'requests'), {
        port: portalPort,
        connections: 20,
        requests: pages,
        asked: [{ path: shown.path }],
      }),
    claimsPerSecond: () => timeClaims(db),
    upkeepRoundsPerSecond: () => timed(1, () => runUpkeep(upkeep)),
  }
}

async function makeDatabase(serverUrl: string, name: string): Promise<string> {
  const admin = openDatabase({ url: serverUrl, maxConnections: 1, timeoutSeconds: 60 }, () => undefined)
  await admin.query(`create database ${name}`)
  await admin.close()
  const url = databaseUrl(serverUrl, name)
  const db = openDatabase({ url, maxConnections: 1, timeoutSeconds: 60 }, () => undefined)
  await migrate(db)
  await db.close()
  return url
}

/** In a transaction that is rolled back, so that the courier that runs beside it never sees them. */
async function timeClaims(db: Database): Promise<Run> {
  const rollback = new Error('This was to be measured only.')
  let run: Run | undefined
  const measuring = db.transaction(async tx => {
    const { rows } = await tx.query<{ id: string }>('select id from links limit 1')
    await insertDeliveries(tx, Array<string>(100).fill(rows[0]!.id), 'again')
    run = await timed(claims, () => claimDeliveries(tx, { limit: atOnce, retries: 1, lease: newLease(60) }))
    throw rollback
  })
  await measuring.catch((error: unknown) => {
    if (error !== rollback) throw error
  })
  return run!
}

async function timed(count: number, work: () => Promise<unknown>): Promise<Run> {
  const startedAt = performance.now()
  for (let done = 0; done < count; done += 1) await work()
  return { rate: (count * 1000) / (performance.now() - startedAt), count }
}
