import { Readable } from 'node:stream'
import { afterEach, expect, test } from 'vitest'
import type { NextHop } from '#next-hop/next-hop.ts'
import { startScriptedSmtpServer, type Answer, type ScriptedSmtpServer } from '../support/scripted-smtp-server.ts'
import { smtpTo } from './support.ts'

let server: ScriptedSmtpServer
let hop: NextHop
async function begin(answer: Answer, timeoutSeconds = 2) {
  server = await startScriptedSmtpServer({ duringData: { afterBytes: 100_000, answer } })
  hop = smtpTo(server.port, { timeoutSeconds })
  const session = await hop.open()
  await session.mail('s@example.org', [])
  await session.rcpt('r@example.org', [])
  return session
}
afterEach(async () => {
  await hop.close()
  await server.stop()
})

/** A mail without end; `given` counts its bytes. `stallsAt` bytes it says nothing more. */
function endless(stallsAt = Infinity) {
  const chunk = Buffer.from('a line of a mail that does not end\r\n'.repeat(1000))
  const source = Object.assign(
    new Readable({
      read() {
        if (source.given >= stallsAt) return
        source.given += chunk.length
        setImmediate(() => this.push(chunk))
      },
    }),
    { given: 0 },
  )
  return source
}

test.each([
  ['and closes', 'close'],
  ['and goes on reading', undefined],
] as const)('a refusal in the middle of the mail %s is the answer, and the source is ended', async (_, then) => {
  const session = await begin({ say: '552 5.3.4 Too big', ...(then ? { then } : {}) })
  const source = endless()
  expect(await session.data(source)).toEqual({ code: 552, lines: ['5.3.4 Too big'] })
  expect(source.destroyed).toBe(true)
  await expect.poll(() => server.connections[0]!.open).toBe(false)
  expect(server.mails).toEqual([])
  // The rest of that mail must not be read as commands: the next one has a line of its own.
  expect(await session.mail('s@example.org', [])).toMatchObject({ code: 250 })
  expect(server.connections.map(connection => connection.commands.length)).toEqual([4, 2])
})

test('a refusal while the source is silent ends the source', async () => {
  const session = await begin({ say: '552 5.3.4 Too big', then: 'close' })
  const source = endless(150_000)
  expect(await session.data(source)).toMatchObject({ code: 552 })
  expect(source.destroyed).toBe(true)
})

test('a refusal by a next hop that takes no more of the mail is the answer at once', async () => {
  const session = await begin({ say: '552 5.3.4 Too big', afterMs: 500, then: 'hang' }, 600)
  expect(await session.data(endless())).toMatchObject({ code: 552 })
})

test('success in the middle of the mail is nonsense', async () => {
  const session = await begin('250 2.0.0 Enough')
  await expect(session.data(endless())).rejects.toMatchObject({ code: 'NEXT_HOP_AWAY' })
  expect(server.mails).toEqual([])
})

test.each(['drop', 'close'] as const)(
  'a line that is lost in the middle of the mail (%s) ends the source',
  async then => {
    const session = await begin({ then })
    const source = endless(150_000)
    await expect(session.data(source)).rejects.toMatchObject({ code: 'NEXT_HOP_AWAY' })
    expect(source.destroyed).toBe(true)
  },
)

test('a next hop that takes no more of the mail is away', async () => {
  const session = await begin({ then: 'hang' }, 0.5)
  const source = endless()
  await expect(session.data(source)).rejects.toMatchObject({ code: 'NEXT_HOP_AWAY' })
  expect(source.destroyed).toBe(true)
})

test('the source is not read faster than the next hop takes it', async () => {
  const session = await begin({ then: 'hang' }, 1)
  const source = endless()
  await expect(session.data(source)).rejects.toMatchObject({ code: 'NEXT_HOP_AWAY' })
  // What fits into the buffers of two sockets, and no more.
  expect(source.given).toBeLessThan(20 * 1024 ** 2)
})

test('a source that fails while the go-ahead is awaited is not handed over', async () => {
  server = await startScriptedSmtpServer({ answers: { DATA: { say: '354 Go ahead', afterMs: 200 } } })
  hop = smtpTo(server.port)
  const session = await hop.open()
  await session.mail('s@example.org', [])
  await session.rcpt('r@example.org', [])
  const source = new Readable({ read: () => undefined })
  const own = new Error('The client is gone.')
  setTimeout(() => source.destroy(own), 50)
  expect(await session.data(source).catch((thrown: unknown) => thrown)).toBe(own)
  await expect.poll(() => server.connections[0]!.open).toBe(false)
  expect(server.mails).toEqual([])
})

test('a refusal of DATA leaves the source unread', async () => {
  server = await startScriptedSmtpServer({ answers: { DATA: '451 4.3.0 Later' } })
  hop = smtpTo(server.port)
  const session = await hop.open()
  await session.mail('s@example.org', [])
  const source = Readable.from(['x\r\n'])
  expect(await session.data(source)).toMatchObject({ code: 451 })
  expect(source.destroyed).toBe(false)
  expect(source.listenerCount('error')).toBe(0)
  expect(await source.toArray()).toEqual(['x\r\n'])
})

test('a session can be destroyed at any moment, more than once', async () => {
  server = await startScriptedSmtpServer({ answers: { RCPT: { then: 'hang' } } })
  hop = smtpTo(server.port)
  const session = await hop.open()
  await session.mail('s@example.org', [])
  const waiting = session.rcpt('r@example.org', [])
  session.destroy()
  session.destroy()
  session.release()
  await expect(waiting).rejects.toMatchObject({ code: 'NEXT_HOP_AWAY' })
})

test('two commands at a time are our bug', async () => {
  server = await startScriptedSmtpServer()
  hop = smtpTo(server.port)
  const session = await hop.open()
  const first = session.mail('s@example.org', [])
  await expect(session.mail('s@example.org', [])).rejects.toThrow('busy')
  await first
})
