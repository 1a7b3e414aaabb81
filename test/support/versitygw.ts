import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { S3Settings } from '#objects/s3-client.ts'
import { openS3Client } from '#objects/s3-client.ts'
import { freePort } from '#platform/free-port.ts'
import { findServer } from './servers.ts'

/** A running S3 server that is not MinIO. */
export interface Versitygw {
  /** Of a bucket that is there and empty, as the configuration would have it. */
  settings: S3Settings
  /** Stops it and removes its own folder. */
  stop(): Promise<void>
}

const accessKey = 'kuvert-test'
const secretKey = 'kuvert-test-secret'
const bucket = 'sealed'

/**
 * A real versitygw on a free loopback port, with one bucket: over a folder of its own, unless one is given; over https where
 * files for it are given.
 */
export async function startVersitygw(
  given: { tls?: { certificate: string; key: string }; folder?: string } = {},
): Promise<Versitygw> {
  const { tls } = given
  const program = findServer('versitygw')
  if (program === undefined) throw new Error('This machine does not have versitygw.')
  const own = await mkdtemp(join(tmpdir(), 'kuvert-test-versitygw-'))
  const port = await freePort()
  const files = tls ? ['--cert', tls.certificate, '--key', tls.key] : []
  const server = spawn(program, ['--port', `127.0.0.1:${port}`, '--quiet', ...files, 'posix', given.folder ?? own], {
    env: { ...process.env, ROOT_ACCESS_KEY: accessKey, ROOT_SECRET_KEY: secretKey },
    stdio: 'ignore',
  })
  const settings: S3Settings = {
    kind: 's3',
    endpoint: `${tls ? 'https' : 'http'}://localhost:${port}`,
    region: 'us-east-1',
    bucket,
    prefix: '',
    accessKey,
    secretKey,
    timeoutSeconds: 20,
  }
  await makeBucket(settings, server)
  const stop = async () => {
    const ended = once(server, 'exit')
    server.kill('SIGTERM')
    await ended
    await rm(own, { recursive: true, force: true })
  }
  return { settings, stop }
}

/** As soon as it answers. */
async function makeBucket(settings: S3Settings, server: ChildProcess): Promise<void> {
  const client = openS3Client(settings)
  for (const deadline = Date.now() + 30_000; ; await pause(50)) {
    try {
      return await client.makeBucket(bucket, settings.region)
    } catch (error) {
      if (server.exitCode !== null || Date.now() > deadline) throw error
    }
  }
}
