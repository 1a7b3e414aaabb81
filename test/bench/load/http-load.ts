import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { Run } from '../measure.ts'

const run = promisify(execFile)

/** What readers ask for: each of them one request, again and again. */
export interface Reading {
  port: number
  connections: number
  /** Of all of them together. */
  requests: number
  /** A path with its cookies, for the first reader and so on. */
  asked: { path: string; cookie?: string }[]
  /** Of each answer, where that is known. */
  bodyBytes?: number
}

/** Asks for all of it with a compiled http-load; from the first connection to the last byte. */
export async function readThrough(program: string, scratchFile: string, reading: Reading): Promise<Run> {
  const { port, connections, requests, asked, bodyBytes } = reading
  await writeFile(scratchFile, asked.map(one => requestText(port, one)).join(''))
  const { stdout } = await run(program, [String(port), String(connections), String(requests), scratchFile])
  const [answers, bytes, firstNs, lastNs] = stdout.split(' ').map(Number) as [number, number, number, number]
  if (answers !== requests) throw new Error(`${requests} requests had ${answers} answers.`)
  if (bodyBytes !== undefined && bytes !== requests * bodyBytes)
    throw new Error(`Answers came to ${bytes} bytes instead of ${requests * bodyBytes}.`)
  const seconds = (lastNs - firstNs) / 1e9
  return { rate: answers / seconds, megabytesPerSecond: bytes / 1e6 / seconds, count: answers }
}

function requestText(port: number, { path, cookie }: Reading['asked'][number]): string {
  const lines = [`GET ${path} HTTP/1.1`, `Host: localhost:${port}`, ...(cookie ? [`Cookie: ${cookie}`] : [])]
  return `${lines.join('\r\n')}\r\n\r\n\0`
}
