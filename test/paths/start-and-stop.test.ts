import { once } from 'node:events'
import { connect as connectTcp, createServer, type AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { pino } from 'pino'
import { startGateway } from '#gateway/gateway.ts'
import { openDependencies } from '#dependencies.ts'
import { mailWithAttachment, submit } from '../support/client-mail.ts'
import { freePort } from '#platform/free-port.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'
import { connectSmtp, type SmtpClient } from '../support/smtp-client.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'

let sink: SmtpSink
let kuvert: TestKuvert
beforeEach(async () => {
  sink = await startSmtpSink()
  kuvert = await startTestKuvert(
    { nextHop: { kind: 'smtp', host: '127.0.0.1', port: sink.port, tls: 'none', timeoutSeconds: 3 } },
    ['gateway'],
  )
})
afterEach(() => sink.stop())

async function begin(...commands: string[]): Promise<SmtpClient> {
  const { client } = await connectSmtp(kuvert.smtpPort)
  for (const command of ['EHLO client.test', ...commands]) expect((await client.say(command)).code).toBeLessThan(400)
  return client
}

const usual = ['MAIL FROM:<a@example.org>', 'RCPT TO:<b@example.net>'] as const

test('a gateway of which one address is taken takes no mail at the others', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const free = await freePort()
  const address = '127.0.0.1'
  const listeners = [free, (taken.address() as AddressInfo).port].map(port => {
    return { address, port, tls: 'none' as const, proxyFrom: [] }
  })
  const settings = { ...kuvert.deps.settings, gateway: { ...kuvert.deps.settings.gateway, listeners } }
  await expect(startGateway({ ...kuvert.deps, settings, reserveSlots: null })).rejects.toThrow('EADDRINUSE')
  await expect(once(connectTcp(free, address), 'connect')).rejects.toThrow('ECONNREFUSED')
  taken.close()
  await kuvert.close()
})

test('stopping lets a mail that is arriving end, and sends everybody else away', async () => {
  const idle = await begin()
  const between = await begin(...usual)
  const arriving = await begin(...usual, 'DATA')
  await arriving.write('Subject: x\r\n\r\nhalf')
  await pause(50)
  const closed = kuvert.close()
  expect((await idle.read()).code).toBe(421)
  expect((await between.read()).code).toBe(421)
  await arriving.write('\r\nand the rest\r\n.\r\nNOOP\r\n')
  expect((await arriving.read()).code).toBe(250)
  expect((await arriving.read()).code).toBe(421)
  await closed
  expect(sink.mails).toHaveLength(1)
})

test('stopping does not wait for a client that stays silent after its mail', async () => {
  const client = await begin(...usual, 'DATA')
  await client.write('Subject: x\r\n\r\nhalf')
  await pause(50)
  const closed = kuvert.close()
  await client.write('\r\n.\r\n')
  expect((await client.read()).code).toBe(250)
  expect((await client.read()).code).toBe(421)
  await closed
}, 15_000)

test('a marked mail whose client has given up is not sealed: it will be sent again', async () => {
  const { db, whenFree } = kuvert.deps
  // Everything that seals is busy.
  const ends: (() => void)[] = []
  const busy = Array.from({ length: kuvert.deps.settings.gateway.limits.marksAtOnce }, () =>
    whenFree(() => new Promise<void>(resolve => ends.push(resolve))),
  )
  const client = await begin(...usual, 'DATA')
  await client.write(mailWithAttachment('[secure open] x'))
  await client.write('.\r\n')
  await pause(200)
  client.close()
  await pause(100)
  for (const end of ends) end()
  await Promise.all(busy)
  expect((await submit(kuvert.smtpPort, mailWithAttachment('[secure open] x'))).code).toBe(250)
  expect((await db.query('select 1 from messages')).rows).toHaveLength(1)
  await kuvert.close()
})

test('what was stored of a marked mail whose client went away meanwhile is removed at once', async () => {
  const { settings, sealThread, objects, db } = kuvert.deps
  const [stored, gone] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const seal: typeof sealThread.seal = async (mail, wishes) => {
    const sealed = await sealThread.seal(mail, wishes)
    stored.resolve()
    await gone.promise
    return sealed
  }
  const limits = { ...settings.gateway.limits, connectionsPerAddress: 1 }
  const gateway = await startGateway({
    ...kuvert.deps,
    settings: { ...settings, gateway: { ...settings.gateway, limits } },
    sealThread: { ...sealThread, seal },
    reserveSlots: null,
  })
  const { client } = await connectSmtp(gateway.ports[0]!)
  for (const command of ['EHLO client.test', ...usual, 'DATA']) await client.say(command)
  await client.write(mailWithAttachment('[secure open] x'))
  await client.write('.\r\n')
  await stored.promise
  const count = async () => (await Array.fromAsync(objects.list())).length
  expect(await count()).toBe(1)
  client.close()
  // As soon as there is room for another, the gateway knows that it has gone.
  const greeted = async () => {
    const { client: next, greeting } = await connectSmtp(gateway.ports[0]!)
    next.close()
    return greeting.code
  }
  await expect.poll(greeted).toBe(220)
  gone.resolve()
  await expect.poll(count).toBe(0)
  expect((await db.query('select 1 from messages')).rows).toEqual([])
  await gateway.close()
  await kuvert.close()
})

test('a database that is away at the start is waited for, and no longer than Kuvert runs', async () => {
  const lines: string[] = []
  const log = pino({ level: 'warn' }, { write: line => void lines.push(line) })
  const url = `postgresql://a@127.0.0.1:${await freePort()}/a`
  const settings = {
    ...kuvert.deps.settings,
    database: { kind: 'postgres' as const, url, maxConnections: 2, timeoutSeconds: 1 },
  }
  const deps = await openDependencies(settings, log)
  await deps.close()
  const said = lines.length
  await pause(3500)
  expect(lines).toHaveLength(said)
  expect(said).toBe(1)
  await kuvert.close()
}, 15_000)
