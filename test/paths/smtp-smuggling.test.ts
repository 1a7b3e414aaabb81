import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { makeCertificates } from '../support/certificates.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'
import { connectSmtp, type SmtpClient } from '../support/smtp-client.ts'

let sink: SmtpSink
let folder: string
let kuvert: TestKuvert
const open: SmtpClient[] = []
beforeAll(async () => {
  sink = await startSmtpSink()
  folder = await mkdtemp(join(tmpdir(), 'kuvert-smuggling-'))
  const { certificate, key } = await makeCertificates(join(folder, 'certificates'), ['localhost'])
  kuvert = await startTestKuvert(
    {
      gateway: { tls: { certificate, key } },
      nextHop: { kind: 'smtp', host: '127.0.0.1', port: sink.port, tls: 'none', timeoutSeconds: 3 },
    },
    ['gateway'],
  )
})
afterEach(() => {
  sink.mails.length = 0
  for (const client of open.splice(0)) client.close()
})
afterAll(async () => {
  await kuvert.close()
  await sink.stop()
  await rm(folder, { recursive: true, force: true })
})

async function connect(): Promise<SmtpClient> {
  const { client } = await connectSmtp(kuvert.smtpPort)
  open.push(client)
  await client.say('EHLO client.test')
  return client
}

async function beginMail(): Promise<SmtpClient> {
  const client = await connect()
  for (const command of ['MAIL FROM:<a@example.org>', 'RCPT TO:<b@example.net>']) {
    expect((await client.say(command)).code).toBe(250)
  }
  expect((await client.say('DATA')).code).toBe(354)
  return client
}

/** What would be sent as a second mail, by whoever takes what is before it for the end of the first. */
const second = 'MAIL FROM:<evil@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\nSubject: evil\r\n\r\nevil\r\n.\r\n'

const forms = [
  '\n.\n',
  '\n.\r\n',
  '\n.\r',
  '\r\n.\n',
  '\r\n.\r',
  '\r.\r',
  '\r.\n',
  '\r.\r\n',
  '\r\n.\r\r\n',
  '\r\n.\n\r\n',
  '\n\r.\r\n',
  '\r\n\n.\r\n',
  '\0\n.\n',
  '\n\0.\r\n',
  '\r\0\n.\r\n',
  '\r\n\0.\r\n',
  '\r\n\0\0.\0\r\n',
  '\r\n.\r\0\n',
]

describe('what some servers take for the end of a mail is refused, and nothing of it leaves:', () => {
  test.each(forms.flatMap(form => [[form, Infinity] as const, [form, 1] as const]))(
    '%j, in segments of %d bytes',
    async (form, segmentBytes) => {
      const client = await beginMail()
      client.socket().setNoDelay(true)
      const head = 'Subject: x\r\n\r\nfirst'
      await client.write(head)
      for (let at = 0; at < form.length; at += segmentBytes) {
        await client.write(form.slice(at, at + segmentBytes))
        await pause(2)
      }
      await client.write(second)
      expect(await client.read()).toMatchObject({ code: 550, lines: [expect.stringMatching(/^5\.6\.11 /)] })
      // The whole second mail was part of the first: nothing of it was a command.
      expect((await client.say('NOOP')).code).toBe(250)
      expect(sink.mails).toEqual([])
    },
  )

  test('a dot and a NUL end nothing, for anybody: the dot is taken away', async () => {
    const client = await beginMail()
    await client.write(`Subject: x\r\n\r\nfirst\r\n.\0\r\n${second}`)
    expect((await client.read()).code).toBe(250)
    expect((await client.say('NOOP')).code).toBe(250)
    expect(sink.mails).toHaveLength(1)
    expect(sink.mails[0]!.bytes.toString()).toContain('first\r\n\0\r\nMAIL FROM:<evil@example.org>\r\n')
  })

  test('a bare CR before a right end is refused, and what follows are commands', async () => {
    const client = await beginMail()
    await client.write('Subject: x\r\n\r\nfirst\r\r\n.\r\nNOOP\r\n')
    expect((await client.read()).code).toBe(550)
    expect((await client.read()).code).toBe(250)
  })
})

test('commands that were put behind STARTTLS in clear are not heard under TLS', async () => {
  const injected = await connect()
  await injected.write('STARTTLS\r\nEHLO evil.test\r\nMAIL FROM:<evil@example.org>\r\nRCPT TO:<b@example.net>\r\n')
  expect((await injected.read()).code).toBe(220)
  await injected.handshake()
  expect((await injected.say('NOOP')).code).toBe(250)
  expect((await injected.say('DATA')).code).toBe(503)
  expect((await injected.say('EHLO client.test')).code).toBe(250)
  expect((await injected.say('DATA')).code).toBe(503)
})
