import { afterEach, expect, test } from 'vitest'
import type { NextHop } from '#next-hop/next-hop.ts'
import type { SmtpSettings } from '#next-hop/smtp-next-hop.ts'
import { startScriptedSmtpServer, type Script, type ScriptedSmtpServer } from '../support/scripted-smtp-server.ts'
import { arrival, sendOne, smtpTo } from './support.ts'

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

async function deliver(recipient?: string) {
  const session = await hop.open()
  const reply = await sendOne(session, 'x\r\n', recipient)
  session.release()
  return reply.code
}
const openConnections = () => server.connections.filter(connection => connection.open).length

test('a connection is used for the next mail, without anything between them', async () => {
  await start()
  for (let count = 0; count < 3; count++) expect(await deliver()).toBe(250)
  expect(server.connections).toHaveLength(1)
  const transaction = ['MAIL FROM:<s@example.org>', 'RCPT TO:<r@example.org>', 'DATA']
  expect(server.connections[0]!.commands.slice(1)).toEqual([...transaction, ...transaction, ...transaction])
})

test('a connection carries a hundred mails, across sessions and within one', async () => {
  await start()
  for (let count = 0; count < 101; count++) expect(await deliver()).toBe(250)
  const session = await hop.open()
  for (let count = 0; count < 100; count++) expect(await sendOne(session, 'x\r\n')).toMatchObject({ code: 250 })
  session.release()
  await expect.poll(() => server.connections.map(connection => connection.mails.length)).toEqual([100, 100, 1])
  expect(server.connections.map(connection => connection.commands.at(-1))).toEqual(['QUIT', 'QUIT', 'DATA'])
})

test('no more idle connections are kept than are configured', async () => {
  await start({}, { connections: 2 })
  const sessions = await Promise.all([1, 2, 3, 4, 5].map(() => hop.open()))
  expect(openConnections()).toBe(5)
  for (const session of sessions) session.release()
  await expect.poll(() => openConnections()).toBe(2)
})

test('an idle connection that the next hop closes is not used again', async () => {
  await start()
  await deliver()
  await server.interject({ say: '421 4.4.2 Timeout', then: 'close' }).catch(() => undefined)
  await expect.poll(() => openConnections()).toBe(0)
  expect(await deliver()).toBe(250)
  expect(server.connections).toHaveLength(2)
})

test('an idle connection on which the next hop says something is not used again', async () => {
  await start()
  await deliver()
  await server.interject('250 2.0.0 Out of step')
  await expect.poll(() => openConnections()).toBe(0)
  expect(await deliver()).toBe(250)
  expect(server.connections).toHaveLength(2)
})

test.each([
  ['drops the line', { then: 'drop' }],
  ['closes the line', { then: 'close' }],
  ['says 421', { say: '421 4.4.2 Timeout', then: 'close' }],
] as const)('a next hop that %s at the next MAIL is called again, once and unseen', async (_, answer) => {
  await start({ answers: { MAIL: (__, connection) => (connection.mails.length > 0 ? answer : undefined) } })
  expect(await deliver()).toBe(250)
  expect(await deliver()).toBe(250)
  expect(server.connections.map(connection => connection.mails.length)).toEqual([1, 1])
})

test('a next hop that drops the fresh line as well is away', async () => {
  await start()
  await deliver()
  server.script.answers = { MAIL: { then: 'drop' } }
  const session = await hop.open()
  await expect(session.mail('s@example.org', [])).rejects.toMatchObject({ code: 'NEXT_HOP_AWAY' })
  expect(server.connections).toHaveLength(2)
})

test('a line that is lost later than MAIL is not called again', async () => {
  await start()
  await deliver()
  server.script.answers = { RCPT: { then: 'drop' } }
  await expect(deliver()).rejects.toMatchObject({ code: 'NEXT_HOP_AWAY' })
  expect(server.connections).toHaveLength(1)
})

test('an unfinished transaction is reset before the connection is used again', async () => {
  await start()
  const session = await hop.open()
  await session.mail('s@example.org', [])
  session.release()
  await expect.poll(() => server.connections[0]!.commands.at(-1)).toBe('RSET')
  const firstCommands = async () => {
    await deliver()
    return server.connections[0]!.commands
  }
  await expect.poll(firstCommands).toContain('DATA')
})

test.each([
  ['refuses', '500 5.5.1 No'],
  ['drops the line at', { then: 'drop' }],
] as const)('a connection whose next hop %s RSET is not used again', async (_, answer) => {
  await start({ answers: { RSET: answer } })
  const session = await hop.open()
  await session.mail('s@example.org', [])
  session.release()
  await expect.poll(() => openConnections()).toBe(0)
  expect(await deliver()).toBe(250)
})

test('a connection that was released without a transaction is given on as it is', async () => {
  await start()
  const session = await hop.open()
  session.release()
  await deliver()
  expect(server.connections[0]!.commands[1]).toBe('MAIL FROM:<s@example.org>')
})

test('a transaction that DATA was refused in is reset', async () => {
  await start({ answers: { DATA: '554 5.5.1 No' } })
  expect(await deliver()).toBe(554)
  await expect.poll(() => server.connections[0]!.commands.at(-1)).toBe('RSET')
})

test('a connection that is out of step when it is released is not used again', async () => {
  await start()
  const session = await hop.open()
  await server.interject('250 2.0.0 Out of step')
  await arrival()
  session.release()
  expect(await deliver()).toBe(250)
  expect(server.connections).toHaveLength(2)
})

test('a session that is destroyed while the next hop is called again lets go of the fresh line', async () => {
  await start()
  await deliver()
  server.script.answers = { MAIL: { then: 'drop' }, CONNECT: { say: '220 late', afterMs: 200 } }
  const session = await hop.open()
  const mail = session.mail('s@example.org', [])
  await expect.poll(() => server.connections).toHaveLength(2)
  session.destroy()
  await expect(mail).rejects.toMatchObject({ code: 'NEXT_HOP_AWAY' })
  await expect.poll(() => openConnections()).toBe(0)
  expect(server.connections[1]!.commands).toEqual(['EHLO kuvert.test'])
})

test('closing says goodbye on idle connections, and opens no more', async () => {
  await start()
  await deliver()
  await hop.close()
  expect(server.connections[0]!.commands.at(-1)).toBe('QUIT')
  await expect(hop.open()).rejects.toMatchObject({ code: 'NEXT_HOP_AWAY' })
})

test('closing does not wait long for a next hop that does not answer QUIT', async () => {
  await start({ answers: { QUIT: { then: 'hang' } } })
  await deliver()
  await hop.close()
})

test('a session that is open while all is closed can be finished', async () => {
  await start()
  const session = await hop.open()
  await hop.close()
  expect(await sendOne(session, 'x\r\n')).toMatchObject({ code: 250 })
  session.release()
  await expect.poll(() => openConnections()).toBe(0)
})

test('twenty sessions at the same time do not get in the way of each other', async () => {
  await start()
  const recipients = Array.from({ length: 200 }, (_, index) => `r${index}@example.org`)
  const work = recipients.values()
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      for (const recipient of work) expect(await deliver(recipient)).toBe(250)
    }),
  )
  expect(server.mails.flatMap(mail => mail.recipients).toSorted()).toEqual(recipients.toSorted())
  expect(server.connections.length).toBeLessThanOrEqual(20)
})
