import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'minio'
import { freePort } from '#platform/free-port.ts'
import type { S3Settings } from '#objects/s3-client.ts'
import { findServer } from './servers.ts'

export interface Minio {
  port: number
  /** Of a bucket that is there and empty, as the configuration would have it. */
  settings: S3Settings
  /** A client of the test's own. */
  client: Client
  /** SIGKILL: what it has not answered is not done. */
  kill(): Promise<void>
  /** Stops it and removes its folder. */
  stop(): Promise<void>
}

const accessKey = 'kuvert-test'
const secretKey = 'kuvert-test-secret'
const bucket = 'sealed'

/** A real MinIO server with a folder of its own, on a free loopback port, with one bucket. */
export async function startMinio(): Promise<Minio> {
  const program = findServer('minio')
  if (program === undefined) throw new Error('This machine does not have minio.')
  const folder = await mkdtemp(join(tmpdir(), 'kuvert-test-minio-'))
  const port = await freePort()
  const server = spawn(program, ['server', '--quiet', '--address', `127.0.0.1:${port}`, folder], {
    env: { ...process.env, MINIO_ROOT_USER: accessKey, MINIO_ROOT_PASSWORD: secretKey, MINIO_BROWSER: 'off' },
    stdio: 'ignore',
  })
  const client = new Client({ endPoint: '127.0.0.1', port, useSSL: false, accessKey, secretKey, region: 'us-east-1' })
  await untilReady(port, server)
  await client.makeBucket(bucket, 'us-east-1')
  return {
    port,
    settings: settingsFor(port),
    client,
    kill: () => end(server, 'SIGKILL'),
    stop: async () => {
      await end(server, 'SIGTERM')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The settings for that server, asked through another port: a proxy's. */
export function settingsFor(port: number): S3Settings {
  return {
    kind: 's3',
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    bucket,
    prefix: '',
    accessKey,
    secretKey,
    timeoutSeconds: 20,
  }
}

async function untilReady(port: number, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!(await isReady(port))) {
    if (server.exitCode !== null) throw new Error(`minio ended with exit code ${server.exitCode}.`)
    if (Date.now() > deadline) throw new Error('minio did not become ready.')
    await delay(50)
  }
}

async function isReady(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/minio/health/ready`)
    await answer.arrayBuffer()
    return answer.ok
  } catch {
    return false
  }
}

async function end(server: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = once(server, 'exit')
  server.kill(signal)
  await ended
}
