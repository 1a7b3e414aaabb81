import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { Failure } from '#failure.ts'

/** Runs SQL: the pool, or one connection of it inside a transaction. */
export interface Queryable {
  /**
   * `name` is for what runs for every page: under it, a connection parses and plans the statement once. No two
   * statements share a name.
   */
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[], name?: string): Promise<pg.QueryResult<Row>>
}

/** A pool of connections to PostgreSQL. Any outage is thrown as `Failure('DATABASE_AWAY')`. */
export interface Database extends Queryable {
  /** Runs `work` in one transaction: commits when it resolves, rolls back when it throws. */
  transaction<Result>(work: (db: Queryable) => Promise<Result>): Promise<Result>
  /**
   * Listens on a channel, on a connection of its own that reconnects by itself. `onNotice` gets the payload of each NOTIFY,
   * and '' after each connect, since notifications may have been missed before.
   */
  listen(channel: string, onNotice: (payload: string) => void): Promise<{ close(): Promise<void> }>
  /** Resolves if the database can be used now. */
  check(): Promise<void>
  close(): Promise<void>
}

export interface DatabaseSettings {
  url: string
  maxConnections: number
  /** For a connection and for each statement. */
  timeoutSeconds: number
  /** For each statement, where those may take longer. */
  statementSeconds?: number
}

/** Opens a pool; nothing is asked of the server yet. `onError` hears of connections that break while idle. */
export function openDatabase(settings: DatabaseSettings, onError: (error: Error) => void): Database {
  const timeout = settings.timeoutSeconds * 1000
  const statementMs = (settings.statementSeconds ?? settings.timeoutSeconds) * 1000
  const config: pg.PoolConfig = {
    connectionString: settings.url,
    max: settings.maxConnections,
    connectionTimeoutMillis: timeout,
    // Both sides give up: the server on a slow statement, the client on a server that hangs.
    statement_timeout: statementMs,
    query_timeout: statementMs + 1000,
    idle_in_transaction_session_timeout: statementMs * 2,
    application_name: 'kuvert',
    keepAlive: true,
  }
  const pool = new pg.Pool(config)
  let closed = false
  // Once we are done with it, how a connection ends is of no interest.
  pool.on('error', error => closed || onError(error))
  return {
    query: (sql, values, name) => pool.query(statement(sql, values, name)).catch(translate),
    transaction: work => runTransaction(pool, work),
    listen: (channel, onNotice) => listen(config, channel, onNotice, onError),
    check: async () => {
      await pool.query('select 1').catch(translate)
    },
    close: () => {
      closed = true
      return pool.end()
    },
  }
}

function statement(text: string, values: unknown[] | undefined, name: string | undefined): pg.QueryConfig {
  return { text, ...(values && { values }), ...(name !== undefined && { name }) }
}

async function runTransaction<Result>(pool: pg.Pool, work: (db: Queryable) => Promise<Result>): Promise<Result> {
  const client = await pool.connect().catch(translate)
  // A connection that breaks while it is ours emits an error that nobody else hears.
  const onError = () => undefined
  client.on('error', onError)
  let broken: Error | undefined
  try {
    await client.query('begin')
    const result = await work({
      query: (sql, values, name) => client.query(statement(sql, values, name)).catch(translate),
    })
    await client.query('commit')
    return result
  } catch (error) {
    // A connection in doubt is thrown away; the server rolls back what it had not committed.
    await client.query('rollback').catch((rollbackError: Error) => (broken = rollbackError))
    if (isOutage(error)) broken ??= error as Error
    return translate(error)
  } finally {
    client.off('error', onError)
    client.release(broken)
  }
}

const reconnectMs = 1000
/** A server that is gone does not answer a goodbye. */
const goodbyeMs = 1000

async function listen(
  config: pg.ClientConfig,
  channel: string,
  onNotice: (payload: string) => void,
  onError: (error: Error) => void,
) {
  const stopping = new AbortController()
  const { signal } = stopping
  const stopped = once(signal, 'abort')
  const listenOnce = async (onTried: () => void) => {
    const client = new pg.Client({ ...config, application_name: `kuvert ${channel}` })
    const ended = new Promise<void>(resolve => client.once('end', resolve))
    client.on('notification', ({ payload = '' }) => onNotice(payload))
    client.on('error', error => signal.aborted || onError(error))
    try {
      await Promise.race([client.connect(), stopped])
      await Promise.race([client.query(`listen ${pg.escapeIdentifier(channel)}`), stopped])
      onNotice('')
      onTried()
      await Promise.race([ended, stopped])
    } finally {
      await Promise.race([client.end(), pause(goodbyeMs, undefined, { ref: false })])
    }
  }
  const keepListening = async (onTried: () => void) => {
    while (!signal.aborted) {
      await listenOnce(onTried).catch((error: unknown) => signal.aborted || onError(error as Error))
      onTried()
      await Promise.race([pause(reconnectMs, undefined, { ref: false }), stopped])
    }
  }
  let running = Promise.resolve()
  await new Promise<void>(resolve => (running = keepListening(resolve)))
  return {
    close: async () => {
      stopping.abort()
      await running
    },
  }
}

/** SQLSTATE classes that mean "the server is away or full", not "the statement is wrong". */
const outageClasses = new Set(['08', '53', '57', '58'])
/** And of other classes: a server that is no longer the primary one, and a transaction that took too long. */
const outageCodes = new Set(['25006', '25P03', '25P04'])

function isOutage(error: unknown): boolean {
  if (error instanceof Failure) return error.code === 'DATABASE_AWAY'
  const code = (error as { code?: unknown }).code
  if (typeof code !== 'string')
    return error instanceof Error && /timeout|terminated|closed|not queryable|after calling end/i.test(error.message)
  // System errors (ECONNREFUSED, EAI_AGAIN), but not those of Node itself.
  if (/^E(?!RR_)[A-Z_]+$/.test(code)) return true
  return code.length === 5 && (outageClasses.has(code.slice(0, 2)) || outageCodes.has(code))
}

function translate(error: unknown): never {
  if (error instanceof Failure || !isOutage(error)) throw error
  throw new Failure('DATABASE_AWAY', {}, { cause: error })
}
