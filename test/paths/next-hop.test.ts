import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freePort } from '#platform/free-port.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'
import { canStartPostfix, startPostfix } from '../support/postfix.ts'
import { connectSmtp, type ClientReply, type SmtpClient } from '../support/smtp-client.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'

const limitBytes = 50_000
const large = 'a line of a mail that is larger than the next hop takes it\r\n'.repeat(1000)

let sink: SmtpSink
let kuvert: TestKuvert
let client: SmtpClient

type Overrides = Parameters<typeof startTestKuvert>[0]
async function start(port: number, overrides: Overrides = {}) {
  const nextHop = { kind: 'smtp', host: '127.0.0.1', port, tls: 'none', timeoutSeconds: 3 } as const
  kuvert = await startTestKuvert({ nextHop, ...overrides })
  client = (await connectSmtp(kuvert.smtpPort)).client
  await client.say('EHLO client.test')
}

async function send(mailParameters: string, mail: string): Promise<ClientReply> {
  for (const command of [`MAIL FROM:<anna@kommun.example>${mailParameters}`, 'RCPT TO:<bertil@kommun.example>']) {
    const reply = await client.say(command)
    if (reply.code !== 250) return reply
  }
  return client.data(Buffer.from(mail))
}
const header = (subject: string) => `From: anna@kommun.example\r\nSubject: ${subject}\r\nMIME-Version: 1.0\r\n`
const withFile = (subject: string) =>
  `${header(subject)}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b\r\n` +
  `Content-Type: text/plain; name=large.txt\r\nContent-Disposition: attachment\r\n\r\n${large}\r\n--b--\r\n`
const inWords = ({ code, lines }: ClientReply) => `${code} ${lines.join(' ').replaceAll(' 5.3.4', '')}`

describe('a next hop with a limit to the size of mails', () => {
  beforeEach(async () => {
    sink = await startSmtpSink({ extensions: ['8BITMIME', `SIZE ${limitBytes}`] })
  })
  afterEach(async () => {
    client.close()
    await kuvert.close()
    await sink.stop()
  })
  const announced = ` SIZE=${large.length + 300}`

  test('is not told the size of a mail that may yet turn out to be marked', async () => {
    await start(sink.port)
    expect(await send(' SIZE=100', `${header('small')}\r\nx\r\n`)).toMatchObject({ code: 250 })
    expect(sink.mails[0]!.mail).toBe('MAIL FROM:<anna@kommun.example>')
  })

  test('gets the copy of a marked mail that is larger', async () => {
    await start(sink.port)
    expect(await send(announced, withFile('[secure] plans'))).toMatchObject({ code: 250 })
    const [copy] = await sink.waitForMails(1)
    expect(copy!.sizeBytes).toBeLessThan(limitBytes)
    expect(copy!.bytes.toString()).toContain('Subject: plans')
  })

  test('does not see an unmarked one that says that it is larger; the sender hears what to do', async () => {
    await start(sink.port, { classify: { keywords: ['hemligt', 'secure'] } })
    expect(inWords(await send(announced, withFile('plans')))).toBe(
      '552 5.3.4 Not sent: the next mail server takes no mail larger than 48.8 kB. Begin the subject with [hemligt], and the files are sent as links instead.',
    )
    expect(sink.connections.flatMap(({ commands }) => commands)).not.toContain('DATA')
    expect(await send('', `${header('small')}\r\nx\r\n`)).toMatchObject({ code: 250 })
  })

  test('is not asked, either, where a rule had to wait for the end of the mail', async () => {
    await start(sink.port, { classify: { rules: [{ largerThan: '1 MiB' }] } })
    expect(inWords(await send('', withFile('plans')))).toMatch(/^552 5\.3\.4 Not sent: .*\[secure\]/)
    expect(sink.mails).toEqual([])
  })

  test('answers for itself where an unmarked mail does not say its size', async () => {
    await start(sink.port)
    sink.script.answers = { DOT: '552 5.3.4 Enough is enough' }
    expect(inWords(await send('', withFile('plans')))).toBe('552 5.3.4 Enough is enough')
  })
})

describe.skipIf(!canStartPostfix())('a Postfix with a limit to the size of mails', () => {
  test('takes the copy of a marked mail that is larger, and no unmarked one', async () => {
    sink = await startSmtpSink()
    const postfix = await startPostfix({ relayPort: sink.port, maxMailBytes: limitBytes })
    await start(postfix.reinjectionPort)
    expect(inWords(await send(` SIZE=${large.length}`, withFile('plans')))).toMatch(/^552 5\.3\.4 Not sent: .*48\.8 kB/)
    expect(inWords(await send('', withFile('plans')))).toMatch(/^552 5\.3\.4 .*too big/)
    expect(await send(` SIZE=${large.length}`, withFile('[secure] plans'))).toMatchObject({ code: 250 })
    const [copy] = await sink.waitForMails(1)
    expect(copy!.bytes.toString()).toContain('Subject: plans')
    client.close()
    await kuvert.close()
    await postfix.stop()
    await sink.stop()
  })
})

describe('a next hop that lacks an extension', () => {
  beforeEach(async () => {
    sink = await startSmtpSink({ extensions: [] })
    await start(sink.port)
  })
  afterEach(async () => {
    client.close()
    await kuvert.close()
    await sink.stop()
  })

  test('gets a mail that asked for all of them and needs none', async () => {
    const asks = ' SIZE=100 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a'
    expect(await send(asks, `${header('plain')}\r\nx\r\n`)).toMatchObject({ code: 250 })
    expect(sink.mails[0]!.mail).toBe('MAIL FROM:<anna@kommun.example>')
  })

  test.each([
    [' BODY=8BITMIME', 'x', 'å', '554 5.6.3 Not sent: the next mail server takes only 7-bit mail (no 8BITMIME).'],
    [
      ' SMTPUTF8',
      'å',
      'x',
      '550 5.6.7 Not sent: the next mail server takes no addresses or header fields with letters',
    ],
  ])('does not get a mail that asks for%s and needs it', async (asks, subject, text, sentence) => {
    expect(inWords(await send(asks, `${header(subject)}\r\n${text}\r\n`))).toContain(sentence)
    expect(sink.mails).toEqual([])
  })

  test('gets no copy beyond ASCII; the sender is told', async () => {
    const mail = withFile('[secure] plans')
      .replace('text\r\n', 'å\r\n')
      .replace(
        '--b\r\n\r\n',
        '--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n',
      )
    expect(await send(' BODY=8BITMIME', mail)).toMatchObject({ code: 250 })
    const [notice] = await sink.waitForMails(1)
    expect(notice).toMatchObject({ sender: '', recipients: ['anna@kommun.example'] })
    expect(notice!.bytes.toString().replaceAll(/\s+/g, ' ')).toContain('takes only 7-bit mail')
  })
})

test('with several next hops, mail goes to the second while the first is away, and back', async () => {
  const second = await startSmtpSink({ address: '127.0.0.2', port: await freePort() })
  const nextHop = { kind: 'smtp' as const, host: '127.0.0.1', fallbackHosts: ['127.0.0.2'], tls: 'none' as const }
  await start(0, { nextHop: { ...nextHop, port: second.port, timeoutSeconds: 3 } })
  const mail = `${header('plain')}\r\nx\r\n`
  expect(await send('', mail)).toMatchObject({ code: 250 })
  expect(await send('', withFile('[secure] plans'))).toMatchObject({ code: 250 })
  await second.waitForMails(2)
  const first = await startSmtpSink({ port: second.port })
  await expect
    .poll(async () => [(await send('', mail)).code, first.mails.length > 0], { interval: 200 })
    .toEqual([250, true])
  const warnings = kuvert.logged.filter(({ level }) => level === 40).map(({ msg }) => msg)
  expect(warnings).toEqual([
    expect.stringContaining('The next hop 127.0.0.1 is away'),
    'The next hop 127.0.0.1 is back.',
  ])
  client.close()
  await kuvert.close()
  await first.stop()
  await second.stop()
})
