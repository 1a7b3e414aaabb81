import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyInstance, RouteHandlerMethod } from 'fastify'
import { isChainLate } from '#audit/chain-lag.ts'
import { compareSchema } from '#database/migrate.ts'
import type { PortalDeps } from './portal-deps.ts'

type Deps = Pick<PortalDeps, 'db' | 'objects' | 'log' | 'findMissingKeys'>

/** What this node works with, in words that tell nothing else. */
interface Readiness {
  ready: boolean
  database: 'ok' | 'away'
  objects: 'ok' | 'away'
  /** `behind` is being waited for; a `newer` one leaves this version working, until it is replaced. */
  migrations: 'ok' | 'behind' | 'newer' | 'unknown'
  /** `missing`: messages, drafts or mails need a key that this node does not have; the log names it. */
  keys: 'ok' | 'missing' | 'unknown'
  /** `late`: entries wait to be chained for minutes. The node is ready all the same: none is lost. */
  audit: 'ok' | 'late' | 'unknown'
}

const checkMs = 2000
/** Whoever asks more often gets the same answer: a stranger cannot make it a load. */
const sharedMs = 1000

/**
 * For balancers: 200 if database and object storage can be used, the schema is there and no key is missing, else 503; and
 * which of them, as JSON.
 */
export function serveReadyz(app: FastifyInstance, deps: Deps): void {
  const readiness = shareFor(sharedMs, () => checkParts(deps))
  const note = noteChanges(deps.log)
  const answer: RouteHandlerMethod = async (_, reply) => {
    const found = note(await readiness())
    return reply.code(found.ready ? 200 : 503).send(found)
  }
  app.get('/readyz', answer)
  app.head('/readyz', answer)
}

async function checkParts({ db, objects, findMissingKeys }: Deps): Promise<Readiness> {
  const schema = compareSchema(db)
  const [migrations, missingKeys, isAuditLate, storage] = await Promise.all([
    within(checkMs, schema),
    within(checkMs, findMissingKeys()),
    // One after the other: a database that hangs holds no more connections than it must.
    within(
      checkMs,
      schema.then(() => isChainLate(db)),
    ),
    within(
      checkMs,
      objects.check().then(() => 'ok' as const),
    ),
  ])
  const keys = missingKeys === null ? 'unknown' : missingKeys.length === 0 ? 'ok' : 'missing'
  return {
    ready: storage !== null && migrations !== null && migrations !== 'behind' && keys !== 'missing',
    database: migrations === null ? 'away' : 'ok',
    objects: storage ?? 'away',
    migrations: migrations ?? 'unknown',
    keys,
    audit: isAuditLate === null ? 'unknown' : isAuditLate ? 'late' : 'ok',
  }
}

/** What it resolves to, or null where it fails or takes too long. */
async function within<Result>(milliseconds: number, work: Promise<Result>): Promise<Result | null> {
  const given = new AbortController()
  try {
    return await Promise.race([
      // Why is in the log of whoever needed it.
      work.catch(() => null),
      pause(milliseconds, null, { signal: given.signal }).catch(() => null),
    ])
  } finally {
    given.abort()
  }
}

/** All who ask while it is found out, and so long afterwards, get one result. */
function shareFor<Result>(milliseconds: number, find: () => Promise<Result>): () => Promise<Result> {
  let shared: Promise<Result> | undefined
  return () => {
    if (shared) return shared
    const found = find()
    shared = found
    const forget = () => setTimeout(() => (shared = undefined), milliseconds).unref()
    void found.finally(forget)
    return found
  }
}

function noteChanges(log: Deps['log']): (found: Readiness) => Readiness {
  let last = ''
  return found => {
    const now = JSON.stringify(found)
    if (now !== last) log[found.ready ? 'info' : 'warn'](found, found.ready ? 'Ready' : 'Not ready')
    last = now
    return found
  }
}
