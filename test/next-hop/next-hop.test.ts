import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { openFailOver } from '#next-hop/fail-over.ts'
import { fitExtensions } from '#next-hop/fit-extensions.ts'
import { openMaildirNextHop } from '#next-hop/maildir-next-hop.ts'
import type { NextHop } from '#next-hop/next-hop.ts'
import { freePort } from '#platform/free-port.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'
import { describeNextHop, type NextHopUnderTest } from './next-hop-contract.ts'
import { smtpTo } from './support.ts'

/** What a next hop in front of this sink has taken. */
const underTest = (sink: SmtpSink, hop: NextHop): NextHopUnderTest => ({
  hop,
  kept: async () => sink.mails.flatMap(mail => mail.recipients.map(recipient => ({ recipient, bytes: mail.bytes }))),
  isEmpty: async () => {
    // When it knows of the dropped line, it has read all that came before.
    await expect.poll(() => sink.connections.some(connection => !connection.open)).toBe(true)
    return sink.mails.length === 0
  },
  clear: async () => {
    sink.mails.length = 0
    sink.connections.splice(0, Infinity, ...sink.connections.filter(connection => connection.open))
  },
  stop: async () => {
    await hop.close()
    await sink.stop()
  },
})

describeNextHop('An MTA', async () => {
  const sink = await startSmtpSink()
  return underTest(sink, smtpTo(sink.port))
})

describeNextHop('An MTA whose extensions are watched', async () => {
  const sink = await startSmtpSink()
  return underTest(sink, fitExtensions(smtpTo(sink.port)))
})

const failOver = (...ports: number[]) =>
  openFailOver(
    ports.map(port => ({ name: String(port), hop: fitExtensions(smtpTo(port)) })),
    () => undefined,
  )

describeNextHop('The first of several MTAs', async () => {
  const sink = await startSmtpSink()
  return underTest(sink, failOver(sink.port, await freePort()))
})

describeNextHop('The second of several MTAs, the first being away,', async () => {
  const sink = await startSmtpSink()
  return underTest(sink, failOver(await freePort(), sink.port))
})

describeNextHop('A Maildir', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kuvert-test-maildir-'))
  const hop = openMaildirNextHop(folder, 'kuvert.test')
  const files = async (kind: string) => readdir(join(folder, kind)).catch(() => [])
  return {
    hop,
    kept: async () =>
      Promise.all(
        (await files('new')).map(async name => {
          const bytes = await readFile(join(folder, 'new', name))
          const top = /^Return-Path: <s@example.org>\r\nDelivered-To: (.*)\r\n/.exec(bytes.toString('utf8'))
          return { recipient: top?.[1] ?? '?', bytes: bytes.subarray(Buffer.byteLength(top?.[0] ?? '')) }
        }),
      ),
    isEmpty: async () => (await files('tmp')).length + (await files('new')).length === 0,
    clear: () => rm(folder, { recursive: true, force: true }),
    stop: () => rm(folder, { recursive: true, force: true }),
  }
})
