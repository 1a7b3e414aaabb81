import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { connectSmtp, type SmtpClient } from '../support/smtp-client.ts'
import { startKuvertNode, type KuvertNode } from './kuvert-node.ts'
import { arrivals, copiesFor, linkOf, makeScene, sendOnce, writeMail, type Scene, type TestMail } from './scene.ts'

let scene: Scene
let node: KuvertNode
afterEach(() => scene.close())

const roles = ['gateway', 'courier', 'portal', 'upkeep'] as const

async function startIn(stopSeconds: number): Promise<void> {
  scene = await makeScene({ stopSeconds })
  node = await scene.start(roles)
}

/** A mail of which half has been sent. */
async function half(mail: TestMail): Promise<{ client: SmtpClient; end(): Promise<number> }> {
  const { client } = await connectSmtp(node.smtpPort)
  const to = mail.recipients.map(recipient => `RCPT TO:<${recipient}>`)
  for (const line of ['EHLO client.test', 'MAIL FROM:<anna@kommun.example>', ...to, 'DATA']) await client.say(line)
  await client.write(mail.bytes.subarray(0, 500))
  const end = async () => {
    await client.write(mail.bytes.subarray(500))
    await client.write('.\r\n')
    return (await client.read()).code
  }
  return { client, end }
}

const fileBytes = 40_000_000

/** A download that has begun, of which nobody takes the rest yet. */
async function begunDownload(): Promise<{
  answer: IncomingMessage
  mail: TestMail
  resume(from: number): Promise<Buffer>
}> {
  const mail = writeMail('large', { fileBytes, recipients: 1 })
  expect(await sendOnce(node.smtpPort, mail)).toMatchObject({ code: 250 })
  await arrivals(scene.sink, mail)
  const link = await linkOf(copiesFor(scene.sink, mail, mail.recipients[0]!)[0]!.bytes)
  const browser = openBrowser(scene.portalUrl)
  const ticket = (await browser.post(`${link}/files/0`)).headers.get('location')!
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const [answer] = (await once(get(new URL(ticket, scene.portalUrl), { headers: { cookie } }), 'response')) as [
    IncomingMessage,
  ]
  const resume = async (from: number) => {
    const rest = await browser.get(ticket, { range: `bytes=${from}-` })
    expect(rest.status).toBe(206)
    return Buffer.from(await rest.arrayBuffer())
  }
  return { answer, mail, resume }
}

async function isRefused(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return false
  } catch {
    return true // There is nobody any more.
  } finally {
    socket.destroy()
  }
}

test('what is in flight is finished, and nothing new is taken', async () => {
  await startIn(30)
  const download = await begunDownload()
  const mail = writeMail('in flight')
  const { end } = await half(mail)
  node.signal('SIGTERM')
  await expect.poll(() => isRefused(node.smtpPort)).toBe(true)
  expect(await isRefused(scene.portalPort)).toBe(true)
  expect(await end()).toBe(250)
  expect(Buffer.concat(await Array.fromAsync(download.answer)).equals(download.mail.file)).toBe(true)
  expect(await node.ended).toBe(0)
  // Whoever sealed it may have stopped before its copies were sent: they are sent by the next.
  node = await scene.start(roles)
  expect(await arrivals(scene.sink, mail)).toEqual([1, 1])
}, 60_000)

test('what takes too long is cut off: without a 250, and to be resumed elsewhere', async () => {
  await startIn(1)
  const { answer, mail: large, resume } = await begunDownload()
  const mail = writeMail('cut')
  const { client } = await half(mail)
  node.signal('SIGTERM')
  const codes: number[] = []
  for (;;) {
    const reply = await client.read().catch(() => undefined)
    if (!reply) break
    codes.push(reply.code)
  }
  expect(codes.filter(code => code < 400)).toEqual([])
  expect(await node.ended).toBe(0)

  const chunks: Buffer[] = []
  await (async () => {
    for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk)
  })().catch((error: NodeJS.ErrnoException) => expect(error.code).toBe('ECONNRESET'))
  const got = Buffer.concat(chunks)
  expect(got.length).toBeLessThan(fileBytes)
  node = await scene.start(roles)
  expect(Buffer.concat([got, await resume(got.length)]).equals(large.file)).toBe(true)
  expect(await sendOnce(node.smtpPort, mail)).toMatchObject({ code: 250 })
  expect(await arrivals(scene.sink, mail)).toEqual([1, 1])
}, 60_000)

test('a copy that takes too long to hand over is given back when it is cut off, and nothing is asked after its end', async () => {
  await startIn(1)
  scene.sink.script = { answers: { DATA: { then: 'hang' } } }
  const mail = writeMail('handed over', { recipients: 1 })
  expect(await sendOnce(node.smtpPort, mail)).toMatchObject({ code: 250 })
  const isHandedOver = () => scene.sink.connections.some(({ commands }) => commands.includes('DATA'))
  await expect.poll(isHandedOver).toBe(true)
  node.signal('SIGTERM')
  expect(await node.ended).toBe(0)
  expect(node.logged.map(line => line['msg'])).toContain('a copy was cut off while it was handed over; it is due again')
  expect(JSON.stringify(node.logged)).not.toMatch(/pool|"level":50/)
  // Nobody waits for a lease.
  scene.sink.script = {}
  node = await scene.start(roles)
  expect(await arrivals(scene.sink, mail)).toEqual([1])
})

test.each(['SIGTERM', 'SIGINT'] as const)('a second %s ends it at once', async signal => {
  await startIn(600)
  const { client } = await half(writeMail('half'))
  node.signal(signal)
  await expect.poll(() => isRefused(node.smtpPort)).toBe(true)
  node.signal(signal)
  expect(await node.ended).toBe(signal)
  client.close()
})

test('a version that is older than the database refuses to start, in a sentence; one that runs goes on', async () => {
  await startIn(5)
  await scene.db.query(`insert into migrations (name) values ('9999-future.sql')`)
  const old = startKuvertNode(scene.folder, 'old', { ...scene.config, portal: { url: scene.portalUrl, port: 0 } })
  const error = (await old.catch((refused: unknown) => refused)) as Error
  expect(error.message).toContain('ended (1)')
  expect(error.message).toContain('The database has been migrated by a newer version of Kuvert (9999-future.sql).')
  expect(error.message).not.toContain('.ts:')
  const mail = writeMail('goes on')
  expect(await sendOnce(node.smtpPort, mail)).toMatchObject({ code: 250 })
  expect(await arrivals(scene.sink, mail)).toEqual([1, 1])
})
