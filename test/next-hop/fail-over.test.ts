import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openFailOver } from '#next-hop/fail-over.ts'
import type { NextHop } from '#next-hop/next-hop.ts'
import { startFaultyProxy, type FaultyProxy } from '../support/faulty-proxy.ts'
import type { Answer } from '../support/scripted-smtp-server.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'
import { failing, sendOne, smtpTo } from './support.ts'

let first: SmtpSink
let line: FaultyProxy
let second: SmtpSink
let hop: NextHop
let warnings: string[]

beforeEach(async () => {
  first = await startSmtpSink()
  line = await startFaultyProxy(first.port)
  second = await startSmtpSink()
  warnings = []
  hop = openFailOver(
    [
      { name: 'first.example', hop: smtpTo(line.port, { timeoutSeconds: 1 }) },
      { name: 'second.example', hop: smtpTo(second.port, { timeoutSeconds: 1 }) },
    ],
    sentence => warnings.push(sentence),
  )
})
afterEach(async () => {
  await hop.close()
  await line.stop()
  await first.stop()
  await second.stop()
})

async function deliver(): Promise<number> {
  const session = await hop.open()
  try {
    return (await sendOne(session, 'x\r\n')).code
  } finally {
    session.release()
  }
}
const counts = () => [first.mails.length, second.mails.length]
/** Until then, somebody has to come by for it to be looked for. */
async function deliverUntilBack(): Promise<void> {
  const lastWarning = async () => {
    await deliver()
    return warnings.at(-1)
  }
  await expect.poll(lastWarning, { interval: 200 }).toBe('The next hop first.example is back.')
}

test('every mail goes to the first while it is well', async () => {
  for (let count = 0; count < 3; count++) expect(await deliver()).toBe(250)
  expect(counts()).toEqual([3, 0])
  expect(second.connections).toEqual([])
  expect(warnings).toEqual([])
})

describe('a mail goes to the second, unseen, where the first', () => {
  test('cannot be connected to', async () => {
    await line.stop()
    expect(await deliver()).toBe(250)
    expect(counts()).toEqual([0, 1])
    expect(warnings).toEqual([
      expect.stringMatching(/^The next hop first\.example is away; others are tried\. .*ECONNREFUSED/),
    ])
  })

  test('says nothing', async () => {
    line.hang()
    expect(await deliver()).toBe(250)
    expect(counts()).toEqual([0, 1])
  })

  test.each<['CONNECT' | 'EHLO' | 'MAIL', Answer]>([
    ['CONNECT', '421 4.3.2 Not now'],
    ['CONNECT', '450 4.3.2 Not now'],
    ['CONNECT', '554 5.3.2 Never'],
    ['CONNECT', { then: 'drop' }],
    ['EHLO', '421 4.3.2 Not now'],
    ['EHLO', { then: 'close' }],
    ['MAIL', '421 4.3.2 Not now'],
    ['MAIL', { then: 'drop' }],
    ['MAIL', { say: '421 4.3.2 Not now', then: 'close' }],
    ['MAIL', { then: 'hang' }],
    ['MAIL', { raw: 'HTTP/1.1 400 Bad Request\r\n' }],
  ])('answers %s with %j', async (moment, answer) => {
    first.script = { answers: { [moment]: answer } }
    expect(await deliver()).toBe(250)
    expect(counts()).toEqual([0, 1])
    expect(warnings).toHaveLength(1)
  })

  test('is lost on a line that was kept', async () => {
    expect(await deliver()).toBe(250)
    await line.stop()
    expect(await deliver()).toBe(250)
    expect(counts()).toEqual([1, 1])
  })
})

test.each(['451 4.3.0 Later', '452 4.3.1 Full', '550 5.7.1 Not you', '553 5.1.8 No'])(
  'an answer of the first to MAIL is the answer: %s',
  async say => {
    first.script = { answers: { MAIL: say } }
    const session = await hop.open()
    const reply = await session.mail('s@example.org', [])
    expect(`${reply.code} ${reply.lines.join()}`).toBe(say)
    expect(second.connections).toEqual([])
    expect(warnings).toEqual([])
    session.release()
  },
)

test('one that is away is not waited for by the next mails, and gets them again when it is back', async () => {
  first.script = { answers: { CONNECT: '554 5.3.2 Never' } }
  for (let count = 0; count < 5; count++) expect(await deliver()).toBe(250)
  expect(counts()).toEqual([0, 5])
  expect(first.connections).toHaveLength(1)
  first.script = {}
  await deliverUntilBack()
  const [before] = counts()
  expect(await deliver()).toBe(250)
  expect(counts()[0]).toBe(before! + 1)
  expect(warnings).toHaveLength(2)
})

test('one that hangs is looked for without a mail waiting for it', async () => {
  first.script = { answers: { CONNECT: { then: 'hang' } } }
  expect(await deliver()).toBe(250)
  const open = async () => {
    expect(await deliver()).toBe(250)
    return first.connections.map(connection => connection.open)
  }
  // The mail is there, and the look still waits for an answer.
  await expect.poll(open).toEqual([false, true])
  // One look at a time is enough.
  expect(await deliver()).toBe(250)
  expect(first.connections).toHaveLength(2)
})

test('one that answers a connection but not MAIL is not taken for well', async () => {
  first.script = { answers: { MAIL: '421 4.3.2 Not now' } }
  expect(await deliver()).toBe(250)
  const heard = async () => {
    expect(await deliver()).toBe(250)
    return first.connections.flatMap(({ commands }) => commands)
  }
  await expect.poll(heard, { interval: 200 }).toContain('MAIL FROM:<>')
  expect(await deliver()).toBe(250)
  expect(first.mails).toEqual([])
  expect(warnings).toHaveLength(1)
})

test('where all are away, each mail tries all of them', async () => {
  first.script = { answers: { CONNECT: '421 4.3.2 Not now' } }
  second.script = { answers: { CONNECT: '421 4.3.2 Nor here' } }
  await expect(deliver()).rejects.toMatchObject({ code: 'NEXT_HOP_AWAY' })
  await expect(deliver()).rejects.toMatchObject({ code: 'NEXT_HOP_AWAY' })
  expect(warnings).toHaveLength(2)
  first.script = {}
  expect(await deliver()).toBe(250)
  expect(counts()).toEqual([1, 0])
  expect(warnings.at(-1)).toBe('The next hop first.example is back.')
})

test('where all say 421 to MAIL, that is the answer', async () => {
  for (const sink of [first, second]) sink.script = { answers: { MAIL: '421 4.3.2 Not now' } }
  const session = await hop.open()
  expect(await session.mail('s@example.org', [])).toMatchObject({ code: 421 })
  session.release()
})

describe('a mail that the first has begun to take stays with it', () => {
  test.each<['RCPT' | 'DATA' | 'DOT', Answer]>([
    ['RCPT', { then: 'drop' }],
    ['DATA', { then: 'close' }],
    ['DOT', { then: 'drop' }],
  ])('%s: %j', async (moment, answer) => {
    first.script = { answers: { [moment]: answer } }
    const session = await hop.open()
    await expect(sendOne(session, 'x\r\n')).rejects.toMatchObject({ code: 'NEXT_HOP_AWAY' })
    await expect(session.mail('s@example.org', [])).rejects.toMatchObject({ code: 'NEXT_HOP_AWAY' })
    session.release()
    expect(second.connections).toEqual([])
    // The next mail goes to the other.
    expect(await deliver()).toBe(250)
    expect(counts()).toEqual([0, 1])
  })

  test.each(['RCPT', 'DATA', 'DOT'] as const)(
    '421 at %s is the answer, and the next mail goes to the other',
    async at => {
      first.script = { answers: { [at]: '421 4.3.2 Going down' } }
      const session = await hop.open()
      await session.mail('s@example.org', [])
      let reply = await session.rcpt('r@example.org', [])
      if (reply.code < 300) reply = await session.data(Readable.from(['x\r\n']))
      expect(reply).toMatchObject({ code: 421 })
      session.release()
      expect(await deliver()).toBe(250)
      expect(counts()).toEqual([0, 1])
    },
  )
})

test('the next mail of a session may go back to one that was passed over', async () => {
  first.script = { answers: { CONNECT: '421 4.3.2 Not now' } }
  const session = await hop.open()
  expect(await sendOne(session, 'x\r\n')).toMatchObject({ code: 250 })
  first.script = {}
  second.script = { answers: { MAIL: '421 4.3.2 Going down' } }
  expect(await sendOne(session, 'x\r\n')).toMatchObject({ code: 250 })
  expect(counts()).toEqual([1, 1])
  session.release()
})

test('a mail that goes wrong by itself says nothing of the next hop', async () => {
  const session = await hop.open()
  await session.mail('s@example.org', [])
  await session.rcpt('r@example.org', [])
  await expect(session.data(failing('a\r\n', new Error('gone')))).rejects.toThrow('gone')
  await expect(session.mail('s@example.org', [])).rejects.toMatchObject({ code: 'NEXT_HOP_AWAY' })
  session.release()
  const another = await hop.open()
  await another.mail('s@example.org', [])
  const waiting = another.rcpt('r@example.org', [])
  another.destroy()
  await expect(waiting).rejects.toMatchObject({ code: 'NEXT_HOP_AWAY' })
  expect(warnings).toEqual([])
  expect(second.connections).toEqual([])
})

test('a session that is destroyed while it goes over lets go of both', async () => {
  first.script = { answers: { MAIL: { then: 'drop' } } }
  second.script = { answers: { CONNECT: { say: '220 late', afterMs: 200 } } }
  const session = await hop.open()
  const mail = session.mail('s@example.org', [])
  await expect.poll(() => second.connections).toHaveLength(1)
  session.destroy()
  await expect(mail).rejects.toMatchObject({ code: 'NEXT_HOP_AWAY' })
  await hop.close()
  await expect.poll(() => [...first.connections, ...second.connections].some(({ open }) => open)).toBe(false)
  expect(second.mails).toEqual([])
})

test('the extensions are those of the next hop that has the mail', async () => {
  first.script = { answers: { MAIL: { then: 'drop' } }, extensions: ['8BITMIME'] }
  second.script = { extensions: ['SIZE 1000'] }
  const session = await hop.open()
  expect([...session.extensions.keys()]).toEqual(['8BITMIME'])
  await session.mail('s@example.org', [])
  expect([...session.extensions.keys()]).toEqual(['SIZE'])
  session.release()
})

test('many mails at the same time find out once', async () => {
  first.script = { answers: { CONNECT: { say: '421 4.3.2 Not now', afterMs: 100 } } }
  expect(await Promise.all(Array.from({ length: 20 }, deliver))).toEqual(Array.from({ length: 20 }, () => 250))
  expect(counts()).toEqual([0, 20])
  expect(warnings).toHaveLength(1)
  first.script = {}
  await deliverUntilBack()
})
