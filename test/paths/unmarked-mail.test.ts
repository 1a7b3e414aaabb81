import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'
import { connectSmtp, stuffDots, type SmtpClient } from '../support/smtp-client.ts'

let sink: SmtpSink
let kuvert: TestKuvert
const open: SmtpClient[] = []
beforeAll(async () => {
  sink = await startSmtpSink()
  kuvert = await startTestKuvert(
    { nextHop: { kind: 'smtp', host: '127.0.0.1', port: sink.port, tls: 'none', timeoutSeconds: 3 } },
    ['gateway'],
  )
})
afterEach(() => {
  sink.script = {}
  sink.mails.length = 0
  for (const client of open.splice(0)) client.close()
})
afterAll(async () => {
  await kuvert.close()
  await sink.stop()
})

async function connect(): Promise<SmtpClient> {
  const { client } = await connectSmtp(kuvert.smtpPort)
  open.push(client)
  await client.say('EHLO client.test')
  return client
}

async function begin(...commands: string[]): Promise<SmtpClient> {
  const client = await connect()
  for (const command of commands) expect((await client.say(command)).code).toBe(250)
  return client
}

/** What came out, without the one field that was put before it. */
function withoutReceived(mail: Buffer): Buffer {
  const field = /^Received: from .*\r\n(?:[ \t].*\r\n)*/.exec(mail.toString('latin1'))
  expect(field).not.toBeNull()
  return mail.subarray(field![0].length)
}

const plain = Buffer.from('From: a@example.org\r\nSubject: hello\r\n\r\nbody\r\n')
const usual = ['MAIL FROM:<a@example.org>', 'RCPT TO:<b@example.net>'] as const

describe('an unmarked mail leaves byte for byte after one Received field', () => {
  const mails: [string, Buffer][] = [
    ['a plain mail', plain],
    ['lines of dots', Buffer.from('Subject: x\r\n\r\n.\r\n..\r\n...\r\n.a\r\n\r\n.\r\n')],
    ['no header section', Buffer.from('\r\nbody only\r\n')],
    ['no body', Buffer.from('Subject: x\r\n\r\n')],
    ['a header section without its end', Buffer.from('Subject: x\r\n')],
    [
      'raw 8-bit bytes and NUL',
      Buffer.concat([
        Buffer.from('Subject: \xff\xfe\r\n\r\n', 'latin1'),
        Buffer.from([0, 1, 255, 254]),
        Buffer.from('\r\n'),
      ]),
    ],
    [
      'broken MIME',
      Buffer.from('Content-Type: multipart/mixed; boundary=a\r\nContent-Type: text/plain\r\n\r\n--b\r\n'),
    ],
    ['strange white space', Buffer.from('Subject:\t  x \t\r\n \t folded\r\nX:\r\n\r\n  \t\r\n trailing \r\n')],
    ['a long line', Buffer.from(`Subject: x\r\n\r\n${'a'.repeat(100_000)}\r\n`)],
    [
      'a large body',
      Buffer.concat([
        Buffer.from('Subject: x\r\n\r\n'),
        Buffer.from(randomBytes(1_500_000).toString('base64').replace(/.{76}/g, '$&\r\n')),
        Buffer.from('\r\n'),
      ]),
    ],
  ]
  test.each(mails)('%s', async (_, mail) => {
    const client = await begin(...usual)
    expect((await client.data(mail)).code).toBe(250)
    const [arrived] = await sink.waitForMails(1)
    expect(withoutReceived(arrived!.bytes).equals(mail)).toBe(true)
  })

  test.each([1, 2, 3, 5, 7, 64])('in TCP segments of %i bytes', async size => {
    const mail = Buffer.from('Subject: x\r\n\r\n.\r\n..\r\n\r\n.a\r\n..b\r\nc\r\n')
    const client = await begin(...usual)
    await client.say('DATA')
    const wire = Buffer.concat([stuffDots(mail), Buffer.from('.\r\n')])
    client.socket().setNoDelay(true)
    for (let at = 0; at < wire.length; at += size) {
      await client.write(wire.subarray(at, at + size))
      await pause(1)
    }
    expect((await client.read()).code).toBe(250)
    expect(withoutReceived(sink.mails[0]!.bytes).equals(mail)).toBe(true)
  })

  test('the Received field names the client, us, and a recipient only where there is no other', async () => {
    const one = await begin(...usual)
    await one.data(plain)
    const two = await begin(...usual, 'RCPT TO:<c@example.net>')
    await two.data(plain)
    const [alone, both] = sink.mails.map(mail => mail.bytes.toString().split('\r\n\r\n')[0]!)
    expect(alone).toMatch(
      /^Received: from client\.test \(\[127\.0\.0\.1\]\)\r\n\tby kuvert\.test \(Kuvert\) with ESMTP id \S+ for <b@example\.net>;\r\n\t/,
    )
    expect(both).not.toContain('@example.net')
  })
})

describe('the envelope goes on as it came', () => {
  test.each([
    [
      'MAIL FROM:<A.B@Example.ORG> BODY=8BITMIME RET=HDRS ENVID=x+2By',
      'RCPT TO:<z@xn--bcher-kva.example> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;z+2B@x',
    ],
    ['MAIL FROM:<>', 'RCPT TO:<"john doe"@example.org>'],
    ['MAIL FROM:<å@example.org> SMTPUTF8', 'RCPT TO:<ö@example.org>'],
    ['MAIL FROM:<a@example.org> ENVID=<x@example.org>', 'RCPT TO:<"a>b"@example.org>'],
  ])('%s', async (mail, rcpt) => {
    const client = await begin(mail, rcpt)
    await client.data(plain)
    expect(sink.mails[0]).toMatchObject({ mail, rcpts: [rcpt] })
  })

  test('two recipients that differ in case stay two', async () => {
    const client = await begin('MAIL FROM:<a@example.org>', 'RCPT TO:<b@example.net>', 'RCPT TO:<B@example.net>')
    await client.data(plain)
    expect(sink.mails[0]!.recipients).toEqual(['b@example.net', 'B@example.net'])
  })
})

describe("every answer is the next hop's own", () => {
  test('at MAIL, RCPT and the end of the mail', async () => {
    sink.script = {
      answers: {
        MAIL: '250-2.1.0 very well,\r\n250 2.1.0 go on',
        RCPT: command => (command.includes('nobody') ? '550 5.1.1 no <nobody> here' : '251 2.1.5 will forward'),
        DOT: '250 2.0.0 queued as ABC123',
      },
    }
    const client = await connect()
    expect(await client.say('MAIL FROM:<a@example.org>')).toEqual({
      code: 250,
      lines: ['2.1.0 very well,', '2.1.0 go on'],
    })
    expect(await client.say('RCPT TO:<nobody@example.net>')).toEqual({ code: 550, lines: ['5.1.1 no <nobody> here'] })
    expect(await client.say('RCPT TO:<b@example.net>')).toEqual({ code: 251, lines: ['2.1.5 will forward'] })
    expect(await client.data(plain)).toEqual({ code: 250, lines: ['2.0.0 queued as ABC123'] })
    expect(sink.mails[0]!.recipients).toEqual(['b@example.net'])
  })

  test.each([
    ['MAIL', '452 4.2.2 later'],
    ['MAIL', '553 5.1.8 not you'],
    ['RCPT', '450 4.2.1 greylisted'],
    ['DATA', '554 5.7.1 no'],
    ['DOT', '550 5.7.1 spam'],
    ['DOT', '451 4.7.1 later'],
  ] as const)('a refusal at %s: %s', async (verb, say) => {
    sink.script = { answers: { [verb]: say } }
    const client = await connect()
    const replies = [await client.say('MAIL FROM:<a@example.org>')]
    if (replies.at(-1)!.code < 300) replies.push(await client.say('RCPT TO:<b@example.net>'))
    if (replies.at(-1)!.code < 300) replies.push(await client.data(plain))
    const last = replies.at(-1)!
    expect(`${last.code} ${last.lines.join(' ')}`).toBe(say)
    expect(sink.mails).toEqual([])
    sink.script = {}
    expect((await client.say('RSET')).code).toBe(250)
    expect((await client.say('MAIL FROM:<a@example.org>')).code).toBe(250)
  })

  test.each(['MAIL', 'RCPT', 'DATA', 'DOT'] as const)(
    'a line that drops at %s is 451, and the next mail goes through',
    async verb => {
      sink.script = { answers: { [verb]: { then: 'drop' } } }
      const client = await connect()
      const replies = [await client.say('MAIL FROM:<a@example.org>')]
      if (replies.at(-1)!.code < 300) replies.push(await client.say('RCPT TO:<b@example.net>'))
      if (replies.at(-1)!.code < 300) replies.push(await client.data(plain))
      expect(replies.at(-1)).toMatchObject({ code: 451 })
      sink.script = {}
      const next = await begin(...usual)
      expect((await next.data(plain)).code).toBe(250)
    },
  )

  test('a next hop that hangs is 451', async () => {
    sink.script = { answers: { RCPT: { then: 'hang' } } }
    const client = await connect()
    await client.say('MAIL FROM:<a@example.org>')
    expect((await client.say('RCPT TO:<b@example.net>')).code).toBe(451)
  })
})

describe('what must not pass', () => {
  test.each([
    ['a bare LF', 'Subject: x\r\n\r\na\nb\r\n'],
    ['a bare CR', 'Subject: x\r\n\r\na\rb\r\n'],
    ['a smuggled end', 'Subject: x\r\n\r\na\n.\r\nMAIL FROM:<evil@example.org>\r\n'],
    ['a smuggled end with CR', 'Subject: x\r\n\r\na\r.\r\nMAIL FROM:<evil@example.org>\r\n'],
    ['a bare LF in the header section', 'Subject: x\nX-Evil: y\r\n\r\na\r\n'],
  ])('%s is refused, and the next hop keeps nothing', async (_, text) => {
    const client = await begin(...usual)
    await client.say('DATA')
    await client.write(text)
    await client.write('\r\n.\r\n')
    expect(await client.read()).toMatchObject({ code: 550, lines: [expect.stringMatching(/^5\.6\.11 /)] })
    expect(sink.mails).toEqual([])
  })

  test('a client that goes away in the middle leaves nothing at the next hop', async () => {
    const client = await begin(...usual)
    await client.say('DATA')
    await client.write(
      Buffer.concat([plain, randomBytes(100_000).toString('hex') as never].map(part => Buffer.from(part))),
    )
    client.close()
    const other = await begin(...usual)
    await other.data(plain)
    expect(sink.mails).toHaveLength(1)
  })

  test('unknown parameters, and DATA without recipients', async () => {
    const client = await connect()
    expect((await client.say('MAIL FROM:<a@example.org> FOO=BAR')).code).toBe(555)
    expect((await client.say('MAIL FROM:<a@example.org>')).code).toBe(250)
    expect((await client.say('RCPT TO:<b@example.net> HOLDFOR=10')).code).toBe(555)
    expect((await client.say('DATA')).code).toBe(503)
  })

  test('more long header sections at once than there is room for: those that are too many come again later', async () => {
    const long = Buffer.from(`${'X-Long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n'.repeat(20_000)}\r\nbody\r\n`)
    const others = await Promise.all(Array.from({ length: 20 }, () => begin(...usual)))
    for (const other of others) {
      await other.say('DATA')
      await other.write(long.subarray(0, 900_000))
    }
    await expect.poll(async () => (await (await begin(...usual)).data(long)).code).toBe(452)
    expect((await (await begin(...usual)).data(plain)).code).toBe(250)
    for (const other of others) other.close()
    await expect.poll(async () => (await (await begin(...usual)).data(long)).code).toBe(250)
  })

  test('a mail that goes round in circles', async () => {
    const client = await begin(...usual)
    const reply = await client.data(Buffer.from(`${'Received: by x; y\r\n'.repeat(101)}\r\n\r\n`))
    expect(reply.code).toBe(554)
  })
})

test('RSET, EHLO and a second MAIL begin anew at the next hop', async () => {
  const client = await begin(...usual, 'RSET', 'MAIL FROM:<c@example.org>', 'RCPT TO:<d@example.net>')
  expect((await client.data(plain)).code).toBe(250)
  expect(sink.mails[0]).toMatchObject({ sender: 'c@example.org', recipients: ['d@example.net'] })
})

test('pipelined commands are answered in order', async () => {
  const client = await connect()
  await client.write('MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nRCPT TO:<>\r\nDATA\r\n')
  const codes = [await client.read(), await client.read(), await client.read(), await client.read()].map(
    reply => reply.code,
  )
  expect(codes).toEqual([250, 250, 501, 354])
  await client.write(Buffer.concat([plain, Buffer.from('.\r\nNOOP\r\n')]))
  expect([(await client.read()).code, (await client.read()).code]).toEqual([250, 250])
})
