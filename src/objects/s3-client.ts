import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import https from 'node:https'
import { Client } from 'minio'
import type { Settings } from '#settings/schema.ts'

/** The settings of an S3 bucket. */
export type S3Settings = Extract<Settings['objects'], { kind: 's3' }>

/** Shorter than servers keep an idle connection, so that a request is never sent on one that is just being closed. */
const keepIdleMs = 4_000

/**
 * A client that tries each request once (a second try is our caller's decision, under a fresh key) and
 * gives up when no byte has moved for `timeoutSeconds`, be it while connecting, sending or waiting.
 */
export function openS3Client(settings: S3Settings): Client {
  const { hostname, port, protocol } = new URL(settings.endpoint)
  const useSSL = protocol === 'https:'
  const agentOptions = { keepAlive: true, timeout: keepIdleMs }
  return new Client({
    endPoint: hostname.replace(/^\[(.*)\]$/, '$1'),
    ...(port === '' ? {} : { port: Number(port) }),
    useSSL,
    region: settings.region,
    accessKey: settings.accessKey,
    secretKey: settings.secretKey,
    transport: { request: timedRequest(useSSL ? https.request : http.request, settings.timeoutSeconds) },
    transportAgent: useSSL ? new https.Agent(agentOptions) : new http.Agent(agentOptions),
    retryOptions: { disableRetry: true },
  } as ConstructorParameters<typeof Client>[0])
}

type Request = (options: RequestOptions, onResponse: (response: IncomingMessage) => void) => ClientRequest

function timedRequest(request: Request, timeoutSeconds: number): Request {
  return (options, onResponse) => {
    let answer: IncomingMessage | undefined
    const sent = request({ ...options, timeout: timeoutSeconds * 1000 }, response => {
      answer = response
      onResponse(response)
    })
    // A request that is destroyed swallows its answer: once there is one, that must be told instead.
    sent.on('timeout', () => (answer ?? sent).destroy(new Error(`No byte moved for ${timeoutSeconds} seconds.`)))
    return sent
  }
}
