import { Readable } from 'node:stream'
import { afterEach, describe, expect, test } from 'vitest'
import { fitExtensions } from '#next-hop/fit-extensions.ts'
import type { NextHopSession } from '#next-hop/next-hop.ts'
import { announcedBytes, maxMailBytes } from '#next-hop/parameters.ts'
import type { Script } from '../support/scripted-smtp-server.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'
import { failing, inPieces, smtpTo } from './support.ts'

let sink: SmtpSink
let session: NextHopSession
let close: () => Promise<void>
async function open(extensions: string[], script: Script = {}) {
  sink = await startSmtpSink({ ...script, extensions })
  const hop = fitExtensions(smtpTo(sink.port))
  close = hop.close
  session = await hop.open()
}
afterEach(async () => {
  session.release()
  await close()
  await sink.stop()
})
const all = ['8BITMIME', 'SMTPUTF8', 'SIZE 1000', 'DSN']
const without = (extension: string) => all.filter(each => !each.startsWith(extension))

async function send(parameters: string[], text: string, recipient = 'r@example.org') {
  await session.mail('s@example.org', parameters)
  await session.rcpt(recipient, [])
  return session.data(inPieces(Buffer.from(text), () => 3))
}

test.each([
  ['everything', all, 'SIZE=9 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a', ' NOTIFY=NEVER ORCPT=rfc822;x@y'],
  ['no DSN', without('DSN'), 'SIZE=9 BODY=8BITMIME SMTPUTF8', ''],
  ['no SIZE', without('SIZE'), 'BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a', ' NOTIFY=NEVER ORCPT=rfc822;x@y'],
  ['no 8BITMIME', without('8BITMIME'), 'SIZE=9 SMTPUTF8 RET=HDRS ENVID=a', ' NOTIFY=NEVER ORCPT=rfc822;x@y'],
  ['no SMTPUTF8', without('SMTPUTF8'), 'SIZE=9 BODY=8BITMIME RET=HDRS ENVID=a', ' NOTIFY=NEVER ORCPT=rfc822;x@y'],
])('a next hop with %s is told of what it knows, and gets an ASCII mail', async (_, extensions, known, ofRecipient) => {
  await open(extensions)
  const asked = ['SIZE=9', 'BODY=8BITMIME', 'SMTPUTF8', 'RET=HDRS', 'ENVID=a', 'AUTH=<>']
  expect(await session.mail('s@example.org', asked)).toMatchObject({ code: 250 })
  await session.rcpt('r@example.org', ['NOTIFY=NEVER', 'ORCPT=rfc822;x@y'])
  expect(await session.data(Readable.from(['Subject: x\r\n']))).toMatchObject({ code: 250 })
  expect(sink.mails[0]).toMatchObject({
    mail: `MAIL FROM:<s@example.org> ${known}`,
    rcpts: [`RCPT TO:<r@example.org>${ofRecipient}`],
  })
})

test('a next hop that only knows HELO gets an ASCII mail', async () => {
  await open([], { answers: { EHLO: '502 5.5.1 What?' } })
  expect(await send(['BODY=8BITMIME', 'SMTPUTF8', 'SIZE=3'], 'a\r\n')).toMatchObject({ code: 250 })
  expect(sink.mails[0]!.mail).toBe('MAIL FROM:<s@example.org>')
})

test.each([
  ['8BITMIME', 'BODY=8BITMIME', { code: 'NEXT_HOP_WITHOUT_8BITMIME', again: false }],
  ['SMTPUTF8', 'SMTPUTF8', { code: 'NEXT_HOP_WITHOUT_SMTPUTF8', again: false }],
])('a mail beyond ASCII is refused where the next hop lacks %s and it was asked for', async (lacks, asks, failure) => {
  await open(without(lacks))
  await expect(send([asks], 'Subject: x\r\n\r\nen å i\r\n')).rejects.toMatchObject(failure)
  await expect.poll(() => sink.connections[0]!.open).toBe(false)
  expect(sink.mails).toEqual([])
})

test('a mail beyond ASCII that did not ask for anything is the next hop’s to judge', async () => {
  await open([])
  expect(await send([], 'en å\r\n')).toMatchObject({ code: 250 })
  expect(sink.mails[0]!.bytes.toString()).toBe('en å\r\n')
})

test('what one mail of a session asked for does not bind the next', async () => {
  await open(without('8BITMIME'))
  expect(await send(['body=8bitmime'], 'a\r\n')).toMatchObject({ code: 250 })
  expect(await send([], 'å\r\n')).toMatchObject({ code: 250 })
})

test('addresses beyond ASCII are refused before they reach a next hop without SMTPUTF8', async () => {
  await open(without('SMTPUTF8'))
  const refused = { code: 'NEXT_HOP_WITHOUT_SMTPUTF8' }
  await expect(session.mail('å@example.org', ['SMTPUTF8'])).rejects.toMatchObject(refused)
  await session.mail('s@example.org', ['SMTPUTF8'])
  await expect(session.rcpt('ö@example.org', [])).rejects.toMatchObject(refused)
  expect(await session.rcpt('o@example.org', [])).toMatchObject({ code: 250 })
  expect(await session.data(Readable.from(['x\r\n']))).toMatchObject({ code: 250 })
  expect(sink.mails[0]!.recipients).toEqual(['o@example.org'])
})

describe('a source that is watched for ASCII', () => {
  const begin = async (script: Script = {}) => {
    await open([], script)
    await session.mail('s@example.org', ['BODY=8BITMIME'])
    await session.rcpt('r@example.org', [])
  }

  test('and fails is not handed over, and its own error is thrown', async () => {
    await begin()
    const own = new Error('The client is gone.')
    const source = failing('whole line\r\n', own)
    expect(await session.data(source).catch((thrown: unknown) => thrown)).toBe(own)
    await expect.poll(() => sink.connections[0]!.open).toBe(false)
    expect(sink.mails).toEqual([])
  })

  test('and fails before it is read, likewise', async () => {
    await begin({ answers: { DATA: { say: '354 Go ahead', afterMs: 200 } } })
    const own = new Error('The client is gone.')
    const source = new Readable({ read: () => undefined })
    setTimeout(() => source.destroy(own), 50)
    expect(await session.data(source).catch((thrown: unknown) => thrown)).toBe(own)
    expect(sink.mails).toEqual([])
  })

  test('and is silent when the next hop refuses the mail is ended', async () => {
    await begin({ duringData: { afterBytes: 5, answer: { say: '552 5.3.4 Too big', then: 'close' } } })
    const source = new Readable({ read: () => undefined })
    source.push('whole line\r\n')
    expect(await session.data(source)).toMatchObject({ code: 552 })
    expect(source.destroyed).toBe(true)
  })

  test('stays unread where DATA is refused', async () => {
    await begin({ answers: { DATA: '451 4.3.0 Later' } })
    const source = Readable.from([Buffer.from('x\r\n')])
    expect(await session.data(source)).toMatchObject({ code: 451 })
    expect(source.destroyed).toBe(false)
    expect(await source.toArray()).toEqual([Buffer.from('x\r\n')])
  })
})

test.each([
  ['SIZE', '10240000', 10_240_000],
  ['SIZE', '0', undefined],
  ['SIZE', '', undefined],
  ['SIZE', 'x', undefined],
  ['OTHER', '1', undefined],
])('EHLO %s %s: the largest mail is %s', (keyword, value, bytes) => {
  expect(maxMailBytes(new Map([[keyword, value]]))).toBe(bytes)
})

test.each([
  [['size=300'], 300],
  [['BODY=8BITMIME'], undefined],
  [['SIZE'], undefined],
  [['SIZE=-1'], undefined],
])('MAIL with %j announces %s bytes', (parameters, bytes) => {
  expect(announcedBytes(parameters)).toBe(bytes)
})
