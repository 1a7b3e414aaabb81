import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import { backoff } from '#platform/backoff.ts'
import { startEmbeddedPostgres, type WantedPostgres } from './embedded-postgres.ts'
import type { EmbeddedPostgres } from './embedded-server.ts'

/** Between attempts to start it again, in milliseconds. */
const pauses = { first: 500, longest: 30_000 }

/**
 * As `startEmbeddedPostgres`. If the server ends while we use it (it is killed, its disk is full), it is started again at
 * the same address, with backoff, for as long as that takes. Kuvert itself runs on meanwhile: unmarked mail needs no
 * database.
 */
export async function keepEmbeddedPostgres(
  wanted: WantedPostgres,
  log: Pick<Logger, 'error' | 'info'>,
): Promise<Pick<EmbeddedPostgres, 'url' | 'stop'>> {
  let server = await startEmbeddedPostgres(wanted)
  const { url } = server
  const stopping = new AbortController()
  const { signal } = stopping
  const stopped = new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))

  const startAgain = async (): Promise<void> => {
    const again = await startEmbeddedPostgres({ ...wanted, port: Number(new URL(url).port) })
    if (again.url === url) {
      server = again
      log.info('the embedded PostgreSQL runs again')
      return
    }
    await again.stop()
    throw new Error('Another Kuvert has started the embedded PostgreSQL at another port; restart this one.')
  }
  const keep = async (): Promise<void> => {
    for (let attempts = 1; !signal.aborted; attempts += 1) {
      try {
        await startAgain()
        return
      } catch (error) {
        const pauseMs = Math.round(backoff(attempts, pauses))
        log.error({ err: error, pauseMs }, 'the embedded PostgreSQL could not be started again; it will be tried again')
        // Rejects when it is stopped, which the loop sees for itself.
        await pause(pauseMs, undefined, { signal }).catch(() => undefined)
      }
    }
  }
  const watch = async (): Promise<void> => {
    while (!signal.aborted) {
      await Promise.race([server.lost, stopped])
      if (signal.aborted) return
      log.error('the embedded PostgreSQL has ended; it is started again')
      await keep()
    }
  }
  const watching = watch()
  return {
    url,
    stop: async () => {
      stopping.abort()
      await watching
      await server.stop()
    },
  }
}
