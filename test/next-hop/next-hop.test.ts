import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { openMaildirNextHop } from '#next-hop/maildir-next-hop.ts'
import { startSmtpSink } from '../support/smtp-sink.ts'
import { describeNextHop } from './next-hop-contract.ts'
import { smtpTo } from './support.ts'

describeNextHop('An MTA', async () => {
  const sink = await startSmtpSink()
  const hop = smtpTo(sink.port)
  return {
    hop,
    kept: async () => sink.mails.flatMap(mail => mail.recipients.map(recipient => ({ recipient, bytes: mail.bytes }))),
    isEmpty: async () => {
      // When it knows of the dropped line, it has read all that came before.
      await vi.waitFor(() => expect(sink.connections.some(connection => !connection.open)).toBe(true))
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
  }
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
