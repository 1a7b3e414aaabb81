import dns from 'node:dns'
import { isIP } from 'node:net'
import { Readable } from 'node:stream'
import { afterEach, expect, test, vi, type MockInstance } from 'vitest'
import type { NextHop } from '#next-hop/next-hop.ts'
import type { SmtpSettings } from '#next-hop/smtp-next-hop.ts'
import {
  startScriptedSmtpServer,
  type Moment,
  type Script,
  type ScriptedSmtpServer,
} from '../support/scripted-smtp-server.ts'
import { arrival, dottyMail, inPieces, sendOne, smtpTo } from './support.ts'

let server: ScriptedSmtpServer
let hop: NextHop
async function start(script: Script = {}, settings: Partial<SmtpSettings> = {}) {
  server = await startScriptedSmtpServer(script)
  hop = smtpTo(server.port, settings)
}
afterEach(async () => {
  await hop.close()
  await server.stop()
})

const away = { code: 'NEXT_HOP_AWAY' }
const handshake: Moment[] = ['CONNECT', 'EHLO']
const verbs: Moment[] = ['MAIL', 'RCPT', 'DATA', 'DOT']

/** Replies up to the one at which it ended, or the error. */
async function transaction(): Promise<number[]> {
  const session = await hop.open()
  const codes = []
  try {
    for (const say of [
      () => session.mail('s@example.org', []),
      () => session.rcpt('r@example.org', []),
      () => session.data(Readable.from([dottyMail])),
    ]) {
      codes.push((await say()).code)
      if (codes.at(-1)! >= 300) break
    }
    return codes
  } finally {
    session.release()
  }
}

test('each verb is written as it was given, and answered by the next hop itself', async () => {
  const saidTwice = '250-2.1.0 first\r\n250 2.1.0 sécond'
  await start({ answers: { MAIL: saidTwice, RCPT: command => (command.includes('bad') ? '550 5.1.1 No' : undefined) } })
  const session = await hop.open()
  expect(await session.mail('', ['SIZE=12', 'RET=HDRS', 'ENVID=a+3Db'])).toEqual({
    code: 250,
    lines: ['2.1.0 first', '2.1.0 sécond'],
  })
  expect(await session.rcpt('"a b"@Example.ORG', ['NOTIFY=SUCCESS,FAILURE', 'ORCPT=rfc822;x@y'])).toMatchObject({
    code: 250,
  })
  expect(await session.rcpt('bad@example.org', [])).toEqual({ code: 550, lines: ['5.1.1 No'] })
  expect(await session.rcpt('å@bücher.example', [])).toMatchObject({ code: 250 })
  expect(await session.data(inPieces(dottyMail, () => 9))).toMatchObject({ code: 250 })
  session.release()
  expect(server.connections[0]!.commands).toEqual([
    'EHLO kuvert.test',
    'MAIL FROM:<> SIZE=12 RET=HDRS ENVID=a+3Db',
    'RCPT TO:<"a b"@Example.ORG> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;x@y',
    'RCPT TO:<bad@example.org>',
    'RCPT TO:<å@bücher.example>',
    'DATA',
  ])
  expect(server.mails[0]!.recipients).toEqual(['"a b"@Example.ORG', 'å@bücher.example'])
})

test('dots are doubled on the line, and nothing else', async () => {
  await start()
  await sendOne(await hop.open(), '.\r\n..\r\na.\r\n\r\n.b\r\nbare\n.c\r\n')
  expect(server.mails[0]!.wire.toString()).toBe('..\r\n...\r\na.\r\n\r\n..b\r\nbare\n..c\r\n')
})

test.each(verbs.flatMap(verb => [451, 550].map(code => [verb, code] as const)))(
  'the refusal of %s with %i is the answer, and the next transaction works',
  async (verb, code) => {
    let refusals = 1
    await start({ answers: { [verb]: () => (refusals-- > 0 ? `${code} no` : undefined) } })
    expect((await transaction()).at(-1)).toBe(code)
    expect(await transaction()).toEqual([250, 250, 250])
  },
)

test.each(handshake.flatMap(moment => [421, 451, 554].map(code => [moment, code] as const)))(
  '%s answered with %i means that the next hop is away',
  async (moment, code) => {
    await start({ answers: { [moment]: `${code} no`, HELO: `${code} no` } })
    const error: unknown = await hop.open().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject(away)
    expect(String((error as Error).cause)).toContain(String(code))
  },
)

const deaths = [...handshake, ...verbs].flatMap(moment => [
  [moment, 'drops the line', { then: 'drop' }] as const,
  [moment, 'closes the line', { then: 'close' }] as const,
  [moment, 'closes the line within its answer', { raw: '250-2.0.0 be', then: 'close' }] as const,
  // The final answer may take ten minutes; nobody waits for that here.
  ...(moment === 'DOT' ? [] : [[moment, 'hangs', { then: 'hang' }] as const]),
  [moment, 'talks nonsense', { raw: 'HTTP/1.1 400 Bad Request\r\n' }] as const,
  [moment, 'has an impossible code', '199 what'] as const,
  [moment, 'changes the code within its answer', '250-yes\r\n550 no'] as const,
  [moment, 'answers for ever', { raw: '250-more\r\n'.repeat(1000) }] as const,
  [moment, 'has an endless line', { raw: '2'.repeat(100_000) }] as const,
])
test.each(deaths)('at %s, a next hop that %s is away', async (moment, _, answer) => {
  await start({ answers: { [moment]: answer } }, { timeoutSeconds: 0.3 })
  await expect(transaction()).rejects.toMatchObject(away)
})

test.each(['MAIL', 'RCPT', 'DOT'] as const)('a go-ahead in answer to %s makes no sense', async moment => {
  await start({ answers: { [moment]: '354 Go ahead' } })
  await expect(transaction()).rejects.toMatchObject(away)
})

test('success in answer to DATA itself is not taken for a mail handed over', async () => {
  await start({ answers: { DATA: '250 Fine, but no' } })
  await expect(transaction()).rejects.toMatchObject(away)
})

test('an answer after a go-ahead, before the mail, is not taken for its success', async () => {
  await start({ answers: { DATA: '354 Go ahead\r\n250 Taken already' } })
  await expect(transaction()).rejects.toMatchObject(away)
})

test('an answer that nobody asked for is not taken for the next one', async () => {
  await start({ answers: { MAIL: '250 Ok\r\n250 And this' } })
  const session = await hop.open()
  await session.mail('s@example.org', [])
  await arrival()
  await expect(session.rcpt('r@example.org', [])).rejects.toMatchObject(away)
})

test.each(verbs)('421 at %s is the answer, and the line is dropped after it', async verb => {
  let refusals = 1
  await start({ answers: { [verb]: () => (refusals-- > 0 ? '421 4.3.2 Shutting down' : undefined) } })
  expect((await transaction()).at(-1)).toBe(421)
  await expect.poll(() => server.connections[0]!.open).toBe(false)
  expect(await transaction()).toEqual([250, 250, 250])
  expect(server.connections).toHaveLength(2)
})

test('421 said between two verbs is the answer to the next', async () => {
  await start()
  const session = await hop.open()
  await session.mail('s@example.org', [])
  await server.interject('421 4.3.2 Shutting down')
  await arrival()
  expect(await session.rcpt('r@example.org', [])).toMatchObject({ code: 421 })
  await expect(session.rcpt('r@example.org', [])).rejects.toMatchObject(away)
})

test('a next hop that does not know EHLO is greeted with HELO', async () => {
  await start({ answers: { EHLO: '502 5.5.1 What?' } })
  const session = await hop.open()
  expect(session.extensions.size).toBe(0)
  expect(await sendOne(session, 'x\r\n')).toMatchObject({ code: 250 })
  expect(server.connections[0]!.commands.slice(0, 2)).toEqual(['EHLO kuvert.test', 'HELO kuvert.test'])
})

test('a next hop that cannot say EHLO now is away, not old', async () => {
  await start({ answers: { EHLO: '451 4.3.0 Later' } })
  await expect(hop.open()).rejects.toMatchObject(away)
})

test('the extensions are those of EHLO, with their values', async () => {
  await start({ extensions: ['size 1000', '8bitmime', 'X-Odd a b'] })
  expect([...(await hop.open()).extensions]).toEqual([
    ['SIZE', '1000'],
    ['8BITMIME', ''],
    ['X-ODD', 'a b'],
  ])
})

test('control characters in an answer do not reach the sender', async () => {
  await start({ answers: { MAIL: '250 a\rb\0c\u0085d' } })
  expect((await (await hop.open()).mail('s@example.org', [])).lines).toEqual(['a b c d'])
})

test('nobody listening means that the next hop is away', async () => {
  await start()
  await server.stop()
  await expect(hop.open()).rejects.toMatchObject(away)
})

test('a name that does not exist means that the next hop is away', async () => {
  await start({}, { host: 'does-not-exist.invalid' })
  await expect(hop.open()).rejects.toMatchObject(away)
})

test.each([
  ['the first', ['127.0.0.1', '127.0.0.3']],
  ['the second', ['127.0.0.3', '127.0.0.1']],
  ['an IPv4 one behind one of IPv6', ['2001:db8::1', '127.0.0.1']],
])('a name with several addresses leads to the one that answers: %s', async (_, addresses) => {
  await start({}, { host: 'several.example' })
  // In place of a name server.
  const lookup = vi.spyOn(dns, 'lookup') as unknown as MockInstance<(...given: unknown[]) => void>
  lookup.mockImplementation((...given) => {
    const done = given.at(-1) as (error: null, found: dns.LookupAddress[]) => void
    const found = addresses.map(address => ({ address, family: isIP(address) }))
    process.nextTick(done, null, found)
  })
  expect(await transaction()).toEqual([250, 250, 250])
  lookup.mockRestore()
})
