import { afterEach, beforeEach, expect, test } from 'vitest'
import { revokeLink, revokeMessage } from '#database/endings.ts'
import { mailWithAttachment, submit } from '../support/client-mail.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'

const by = { actor: 'admin:root' } as const
const [bertil, cecilia] = ['bertil@kommun.example', 'cecilia@kommun.example']
let sink: SmtpSink
let kuvert: TestKuvert
beforeEach(async () => {
  sink = await startSmtpSink()
  kuvert = await startTestKuvert({
    nextHop: { kind: 'smtp', host: '127.0.0.1', port: sink.port, tls: 'none', timeoutSeconds: 10 },
  })
})
afterEach(async () => {
  await kuvert.close()
  await sink.stop()
})

interface Copy {
  messageId: string
  linkId: string
  recipient: string
  state: string
}

async function copies(): Promise<Copy[]> {
  const { rows } = await kuvert.deps.db.query<Copy>(
    `select message_id as "messageId", links.id as "linkId", recipient, state
     from deliveries join links on links.id = link_id order by recipient`,
  )
  return rows
}

const states = async () => (await copies()).map(copy => copy.state)

/** Two copies that the next hop has put off, and that are not due for long. */
async function queuedCopies(): Promise<Copy[]> {
  sink.script = { answers: { DOT: '451 4.3.0 later' } }
  const to = [`<${bertil}>`, `<${cecilia}>`]
  await submit(kuvert.smtpPort, mailWithAttachment('[secure] waits'), { to })
  const putOff = `select 1 from deliveries where state = 'queued' and lease is null and attempts > 0`
  const { db } = kuvert.deps
  await expect.poll(async () => (await db.query(putOff)).rows.length).toBe(2)
  sink.script = {}
  await db.query("update deliveries set next_attempt_at = now() + interval '1 hour'")
  return copies()
}

test('a queued copy of a link that is revoked is settled at once and never sent; the other one is', async () => {
  const [first] = await queuedCopies()
  await revokeLink(kuvert.deps.db, first!.linkId, by)
  await expect.poll(states).toEqual(['bounced', 'queued'])
  await kuvert.deps.db.query('update deliveries set next_attempt_at = now()')
  await kuvert.deps.db.query('notify kuvert_deliveries')
  await expect.poll(states).toEqual(['bounced', 'sent'])
  expect(
    sink.connections
      .flatMap(connection => connection.commands)
      .filter(isRcpt)
      .at(-1),
  ).toContain(cecilia)
  expect(await sink.waitForMails(1)).toHaveLength(1)
})

test('no queued copy of a message that is withdrawn is sent, and nobody is told that they did not arrive', async () => {
  const [first] = await queuedCopies()
  await revokeMessage(kuvert.deps.db, first!.messageId, by)
  await expect.poll(states).toEqual(['bounced', 'bounced'])
  expect(sink.mails).toEqual([])
  expect((await kuvert.deps.db.query('select 1 from notices')).rows).toEqual([])
})

function isRcpt(command: string): boolean {
  return command.startsWith('RCPT')
}
