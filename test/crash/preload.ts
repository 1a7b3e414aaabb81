/**
 * Loaded into a real Kuvert by `node --import`: ends the process with SIGKILL at a point that the test names, before or
 * after a function of a step or an SQL statement, or in the middle of what it streams. Kuvert itself knows nothing of it.
 */
import { readFileSync } from 'node:fs'
import files from 'node:fs/promises'
import { registerHooks, syncBuiltinESMExports } from 'node:module'
import { Readable } from 'node:stream'
import { BroadcastChannel, isMainThread } from 'node:worker_threads'
import pg from 'pg'
import type { CrashPoint } from './crash-point.ts'

let armed: (CrashPoint & { left: number }) | undefined

function arm(point: CrashPoint | null): void {
  armed = point === null ? undefined : { ...point, left: point.nth ?? 1 }
  // A thread that is started from now on reads it here: this module is loaded into each.
  process.env['KUVERT_TEST_CRASH'] = JSON.stringify(point)
}

/** Ends the process where this is the armed point. */
function reach(at: string, when: CrashPoint['when']): void {
  if (armed?.when !== when || !at.startsWith(armed.at)) return
  armed.left -= 1
  if (armed.left === 0) process.kill(process.pid, 'SIGKILL')
}

const asked = process.env['KUVERT_TEST_CRASH']
if (asked !== undefined) arm(JSON.parse(asked) as CrashPoint | null)
// Those that run already hear it at once.
const threads = new BroadcastChannel('kuvert-crash')
threads.addEventListener('message', event => arm((event as unknown as { data: CrashPoint | null }).data))
threads.unref()
if (isMainThread) {
  process.on('message', (point: CrashPoint | null) => {
    arm(point)
    threads.postMessage(point)
    process.send?.('armed')
  })
}
// The channel to the test does not keep the process alive.
process.channel?.unref()

const source = new URL('../../src/', import.meta.url).href
const steps = /^(?:(?:gateway|seal|courier|portal|upkeep)\/[\w-]+\/.+|seal\/commit|options\/choose-options)\.ts$/
/** A step's own code, and what else changes something outside of the process. */
const isWatched = (path: string) => steps.test(path) || /^objects\/(?:folder|s3)-objects\.ts$/.test(path)

registerHooks({
  load(url, context, nextLoad) {
    const path = url.slice(source.length)
    if (!url.startsWith(source) || !isWatched(path)) return nextLoad(url, context)
    return { format: 'module', shortCircuit: true, source: watchedModule(url, path) }
  },
})

/** A module that exports what the one at `url` does, with its functions watched. */
function watchedModule(url: string, path: string): string {
  const text = readFileSync(new URL(url), 'utf8')
  const names = [...text.matchAll(/^export (?:async )?function\*? (\w+)/gm)].map(([, name]) => name!)
  const original = JSON.stringify(`${url}?original`)
  return [
    `import * as original from ${original}`,
    `export * from ${original}`,
    ...names.map(
      name => `export const ${name} = globalThis.kuvertWatch(${JSON.stringify(`${path}#${name}`)}, original.${name})`,
    ),
  ].join('\n')
}

type Work = (...given: unknown[]) => unknown

function watch(at: string, work: Work): Work {
  return function (this: unknown, ...given) {
    reach(at, 'before')
    const result = work.apply(
      this,
      given.map(value => watchGiven(at, value)),
    )
    if (result instanceof Promise) return result.then(value => done(at, value))
    return done(at, result)
  }
}

Object.assign(globalThis, { kuvertWatch: watch })

/** What a function resolved to: a stream is watched on its way, and is done when it has ended. */
function done(at: string, value: unknown): unknown {
  if (value instanceof Readable) return watchStream(at, value, true)
  if (isGenerator(value)) return watchGenerator(at, value)
  if (isPlain(value) && isIterable(value)) return watchIterable(at, value, true)
  reach(at, 'after')
  if (at === 'gateway/data/spool.ts#openSpool') return watchMethods('spool', value as Record<string, unknown>)
  return isStorage(at, value) ? watchMethods('objects', value) : value
}

/** What a function reads from is watched as well. */
function watchGiven(at: string, value: unknown): unknown {
  if (value instanceof Readable) return watchStream(at, value)
  if (isGenerator(value)) return watchGenerator(at, value, false)
  if (isIterable(value)) return watchIterable(at, value)
  if (!isPlain(value) || !Object.values(value).some(each => each instanceof Readable || isIterable(each))) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, watchGiven(at, each)]))
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

function isGenerator(value: unknown): value is AsyncGenerator {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value && 'next' in value
}

async function* watchGenerator(at: string, generator: AsyncGenerator, isResult = true): AsyncGenerator {
  for await (const chunk of generator) {
    reach(at, 'during')
    yield chunk
  }
  if (isResult) reach(at, 'after')
}

function watchStream(at: string, stream: Readable, isResult = false): Readable {
  const push = stream.push.bind(stream)
  stream.push = (chunk, encoding) => {
    if (chunk !== null) reach(at, 'during')
    else if (isResult) reach(at, 'after')
    return push(chunk, encoding)
  }
  return stream
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

/** What else it can do, it still can. */
function watchIterable(at: string, iterable: AsyncIterable<unknown>, isResult = false): AsyncIterable<unknown> {
  const watched = () => {
    const iterator = iterable[Symbol.asyncIterator]()
    const next = async (): Promise<IteratorResult<unknown>> => {
      const result = await iterator.next()
      if (!result.done) reach(at, 'during')
      else if (isResult) reach(at, 'after')
      return result
    }
    return { ...(iterator.return && { return: iterator.return.bind(iterator) }), next }
  }
  return new Proxy(iterable, {
    get: (target, name) => {
      if (name === Symbol.asyncIterator) return watched
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? (value as Work).bind(target) : value
    },
  })
}

function isStorage(at: string, value: unknown): value is Record<string, unknown> {
  return at.startsWith('objects/') && typeof value === 'object' && value !== null && 'put' in value
}

/** What one does with a thing that was opened: `objects.put`, `objects.remove`, `spool.take`. */
function watchMethods(thing: string, methods: Record<string, unknown>): Record<string, unknown> {
  const watched = Object.entries(methods).map(([name, work]) => [name, watch(`${thing}.${name}`, work as Work)])
  return Object.fromEntries(watched) as Record<string, unknown>
}

// Between a file and the end of its name.
files.unlink = watch('fs.unlink', files.unlink as Work) as typeof files.unlink
syncBuiltinESMExports()

// Every statement, from a pool or not, with a callback or without. "after" is when its answer is here.
const client = pg.Client.prototype as unknown as { query: Work }
const query = client.query
client.query = function (this: unknown, ...given) {
  const text = textOf(given[0])
  if (text === undefined) return query.apply(this, given)
  // A node chains the audit by its own clock: that is no statement of a path.
  const at = `${/chain_audit|from audit_unchained/.test(text) ? 'chaining' : 'sql'} ${text.trim()}`
  reach(at, 'before')
  const callback = given.at(-1)
  if (typeof callback === 'function') {
    given[given.length - 1] = (error: unknown, result: unknown) => {
      if (!error) reach(at, 'after')
      ;(callback as Work)(error, result)
    }
    return query.apply(this, given)
  }
  return (query.apply(this, given) as Promise<unknown>).then(result => {
    reach(at, 'after')
    return result
  })
}

function textOf(statement: unknown): string | undefined {
  if (typeof statement === 'string') return statement
  const { text } = statement as { text?: unknown }
  return typeof text === 'string' ? text : undefined
}
