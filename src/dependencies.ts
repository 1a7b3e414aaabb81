import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import { closeInTurn } from '#platform/close-in-turn.ts'
import { makeKeyring, type Keyring } from '#crypto/keyring.ts'
import type { MasterKey } from '#crypto/message-key.ts'
import { openDatabase, type Database } from '#database/database.ts'
import { keepEmbeddedPostgres } from '#database/keep-embedded-postgres.ts'
import { migrateAt, SchemaError } from '#database/migrate.ts'
import type { NeededKey } from '#database/needed-keys.ts'
import type { Directory } from '#directory/directory.ts'
import { openDirectory } from '#directory/open-directory.ts'
import { isFailure } from './failure.ts'
import type { NextHop } from '#next-hop/next-hop.ts'
import { openNextHop } from '#next-hop/open-next-hop.ts'
import { openObjects } from '#objects/open-objects.ts'
import type { Objects } from '#objects/objects.ts'
import { watchForMissingKeys } from '#observe/missing-keys.ts'
import { openLog } from '#observe/log.ts'
import { openKeys } from '#settings/keys.ts'
import { openSealThread, type SealThread } from '#seal/seal-thread.ts'
import type { Settings } from '#settings/schema.ts'
import { makeWhenFree } from '#platform/semaphore.ts'

/** The real things that the paths work with. */
export interface Dependencies {
  settings: Settings
  log: Logger
  db: Database
  objects: Objects
  directory: Directory
  nextHop: NextHop
  masterKeys: MasterKey[]
  keyring: Keyring
  /** The keys that are needed and that are not among ours. */
  findMissingKeys: () => Promise<NeededKey[]>
  scratchFolder: string
  sealThread: SealThread
  /** Runs at most so many at once; others wait. */
  whenFree: <Result>(work: () => Promise<Result>) => Promise<Result>
  /** Closes everything in reverse order. */
  close(): Promise<void>
}

/**
 * Opens everything that the settings name, and brings the database up to date. Throws where something cannot even be
 * opened; what is merely away now is waited for: unmarked mail needs none of it.
 */
export async function openDependencies(
  settings: Settings,
  log: Logger = openLog(settings.log.level),
): Promise<Dependencies> {
  const dataFolder = resolve(settings.dataFolder)
  const closers: (() => Promise<void>)[] = []
  const close = () => closeInTurn(closers.splice(0).toReversed())
  try {
    const { masterKeys, linkKeys } = await openKeys(settings.keys, dataFolder)
    const { url, stop } = await findDatabase(settings, dataFolder, log)
    closers.push(stop)
    const { maxConnections, timeoutSeconds } =
      settings.database.kind === 'postgres' ? settings.database : embeddedLimits
    const db = openDatabase({ url, maxConnections, timeoutSeconds }, error =>
      log.warn({ err: error }, 'a database connection broke'),
    )
    closers.push(db.close)
    const objects = await openObjects(settings.objects, dataFolder)
    const directory = openDirectory(settings.directory, dataFolder, sentence => log.warn(sentence))
    closers.push(directory.close)
    const nextHop = openNextHop(settings.nextHop, dataFolder, settings.gateway.hostname, sentence => log.warn(sentence))
    closers.push(nextHop.close)
    const findMissingKeys = watchForMissingKeys(db, { masterKeys, linkKeys }, log)
    const prepare = async () => {
      if (!(await migrateNow({ url, timeoutSeconds }, log))) return false
      // If the database has gone away again, the portal asks when it is back.
      await findMissingKeys().catch((error: unknown) =>
        log.warn({ err: error }, 'it is not known which keys are needed'),
      )
      return true
    }
    if (!(await prepare())) closers.push(prepareLater(prepare, log))
    const scratchFolder = settings.gateway.scratchFolder ?? join(dataFolder, 'scratch')
    const sealThread = openSealThread({ objects: settings.objects, dataFolder })
    closers.push(sealThread.close)
    const whenFree = makeWhenFree(settings.gateway.limits.marksAtOnce)
    const keyring = makeKeyring(linkKeys, refused =>
      log.error(refused, 'a row of the database is not as Kuvert wrote it; it is refused'),
    )
    const opened = { settings, log, db, objects, directory, nextHop, masterKeys, keyring, findMissingKeys }
    return { ...opened, scratchFolder, sealThread, whenFree, close }
  } catch (error) {
    await close()
    throw error
  }
}

const embeddedLimits = { maxConnections: 20, timeoutSeconds: 15 }

async function findDatabase(settings: Settings, dataFolder: string, log: Logger) {
  if (settings.database.kind === 'postgres') return { url: settings.database.url, stop: async () => undefined }
  return keepEmbeddedPostgres({ folder: dataFolder, port: settings.database.port }, log)
}

const migrateRetryMs = 3000

/** Where to migrate, and how long a connection may take. */
interface Target {
  url: string
  timeoutSeconds: number
}

/**
 * Brings the database up to date; false where that cannot be now, since it is away or in use, which does not keep unmarked
 * mail from flowing. A schema that is newer than ours is thrown.
 */
async function migrateNow(target: Target, log: Logger): Promise<boolean> {
  try {
    const names = await migrateAt(target, error => log.warn({ err: error }, 'a database connection broke'))
    if (names.length > 0) log.info({ migrations: names }, 'the database has been brought up to date')
    return true
  } catch (error) {
    if (isFailure(error, 'DATABASE_AWAY')) {
      log.warn({ err: error }, 'the database cannot be reached; marked mail waits until it can')
      return false
    }
    if (!(error instanceof SchemaError && error.again)) throw error
    log.warn(error.message)
    return false
  }
}

/** Does it as soon as the database can be reached. Returns how to stop that. */
function prepareLater(prepare: () => Promise<boolean>, log: Logger): () => Promise<void> {
  const stopping = new AbortController()
  const { signal } = stopping
  const retry = async () => {
    do await pause(migrateRetryMs, undefined, { signal })
    while (!(await prepare()))
  }
  const done = retry().catch((error: unknown) => {
    if (!signal.aborted) log.fatal({ err: error }, 'the database cannot be used')
  })
  return async () => {
    stopping.abort()
    await done
  }
}
