import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { DeliveryWorker } from '#courier/delivery-worker.ts'
import { revokeLink } from '#database/endings.ts'
import { listMails, waitForMails, type DeliveredMail } from '#demo/outbox.ts'
import { openMaildirNextHop } from '#next-hop/maildir-next-hop.ts'
import { settingsSchema, type Settings } from '#settings/schema.ts'
import { runUpkeep } from '#upkeep/upkeep.ts'
import type { TestMessage, Wanted } from '../support/test-message.ts'
import { startTestPortal, type TestPortal } from '../support/test-portal.ts'
import { alter } from '../support/keyring.ts'

const three = ['anna@kommun.example', 'bertil@kommun.example', 'outsider@firma.example']
let portal: TestPortal
let outbox: string
beforeAll(async () => {
  portal = await startTestPortal()
})
beforeEach(() => {
  outbox = join(portal.folder, randomUUID())
})
afterEach(() => portal.db.query('truncate messages, notices cascade'))
afterAll(() => portal.close())

function settingsWith(reminders: Partial<Settings['reminders']> = {}): Settings {
  const settings = settingsSchema.parse({ organisation: 'Provkommun', portal: { url: portal.origin }, reminders })
  return { ...settings, courier: { ...settings.courier, notificationsFrom: 'kuvert@kommun.example' } }
}

const round = (settings = settingsWith()) => runUpkeep({ ...portal.deps, objects: portal.objects, settings })

/** A message that was delivered a month ago and ends in two days. */
async function endingMessage(wanted: Partial<Wanted> = {}): Promise<TestMessage> {
  const message = await portal.message({ login: 'recipients', recipients: three, ...wanted })
  await alter(
    portal.deps,
    `update messages set created_at = now() - interval '28 days', expires_at = now() + interval '2 days' where id = $1`,
    [message.id],
  )
  await portal.db.query(
    `insert into deliveries (id, link_id, state, settled_at) select gen_random_uuid(), id, 'sent', now() from links where message_id = $1`,
    [message.id],
  )
  return message
}

async function queued(): Promise<string[]> {
  const { rows } = await portal.db.query<{ recipient: string }>(
    `select recipient from notices where state = 'queued' and reminds_link is not null order by recipient`,
  )
  return rows.map(row => row.recipient)
}

/** Lets a courier send what is queued. */
async function deliver(count: number): Promise<DeliveredMail[]> {
  const { db, log, masterKeys, keyring } = portal.deps
  const nextHop = openMaildirNextHop(outbox, 'kuvert.test')
  const worker = new DeliveryWorker({
    settings: settingsWith(),
    log,
    db,
    objects: portal.objects,
    nextHop,
    masterKeys,
    keyring,
  })
  await worker.start()
  try {
    const mails = await waitForMails(outbox, new Set(), count)
    await expect.poll(queued).toEqual([])
    expect(await listMails(outbox)).toHaveLength(count)
    return mails
  } finally {
    await worker.close()
    await nextHop.close()
  }
}

test('each recipient who has fetched nothing gets one mail, with their own link, and it opens', async () => {
  const message = await endingMessage()
  await round()
  await round()
  const mails = await deliver(3)
  expect(mails.map(mail => mail.deliveredTo).toSorted()).toEqual(three)
  const annas = mails.find(mail => mail.deliveredTo === 'anna@kommun.example')!
  expect(annas.link).toBe(`${portal.origin}${message.path}`)
  for (const other of message.links.slice(1)) {
    expect((await readFile(annas.path, 'latin1')).replaceAll('=\r\n', '')).not.toContain(other.token)
  }
  const browser = portal.browser()
  await browser.logIn(message.path, 'anna')
  expect((await browser.get(message.path)).status).toBe(200)
})

test('a link that was sent again is judged by the copy that was sent last', async () => {
  await endingMessage({ recipients: three.slice(0, 2) })
  const sendAgain = (recipient: string, first: string, then: string) =>
    portal.db.query(
      `with first as (update deliveries set state = $2, created_at = now() - interval '1 hour' from links
         where links.id = link_id and recipient = $1 returning link_id)
       insert into deliveries (id, link_id, state, settled_at)
       select gen_random_uuid(), link_id, $3, now() from first`,
      [recipient, first, then],
    )
  await sendAgain('anna@kommun.example', 'bounced', 'sent')
  await sendAgain('bertil@kommun.example', 'sent', 'bounced')
  await round()
  expect(await queued()).toEqual(['anna@kommun.example'])
})

test('it says who sent what, until when, and how it is opened; a machine leaves it alone', async () => {
  await endingMessage({ recipients: ['outsider@firma.example'], subject: 'Underlag till mötet å "Ön"' })
  await round()
  const [mail] = await deliver(1)
  const { parsed } = mail!
  const text = parsed.text!.replaceAll(/\s+/g, ' ')
  expect(parsed.subject).toBe('Påminnelse: Underlag till mötet å "Ön"')
  expect(text).toContain('Du har ännu inte öppnat det som Karin Åberg skickade till dig den ')
  expect(text).toContain('- rapport.pdf (12 byte)')
  expect(text).toContain('För att logga in får du en kod mejlad till outsider@firma.example.')
  expect(text).toContain('Det här är en automatisk påminnelse från Provkommun. Den skickas bara en gång.')
  expect(parsed.html).toContain(`href="${mail!.link!}"`)
  expect(parsed.from?.value).toEqual([{ name: 'Provkommun', address: 'kuvert@kommun.example' }])
  expect(parsed.replyTo?.value[0]?.address).toBe('karin@kommun.example')
  expect(parsed.headers.get('auto-submitted')).toBe('auto-generated')
  expect((parsed.headers.get('return-path') as { text: string } | undefined)?.text).toContain('kuvert@kommun.example')
})

test('it is in the language of the message', async () => {
  await endingMessage({ recipients: ['anna@kommun.example'], lang: 'en', subject: '' })
  await round()
  const [mail] = await deliver(1)
  expect(mail!.parsed.subject).toBe('Reminder: (no subject)')
  expect(mail!.parsed.text!.replaceAll(/\s+/g, ' ')).toContain('You have not yet opened what Karin Åberg sent you on ')
})

test('no file of a private message is named', async () => {
  const files = [
    { name: 'text.txt', content: Buffer.from('hemligt'), kind: 'body' as const },
    { name: 'Uppsägning Karl.pdf', content: Buffer.from('x') },
  ]
  const message = await endingMessage({ recipients: ['anna@kommun.example'], files })
  await alter(portal.deps, 'update messages set private = true where id = $1', [message.id])
  await round()
  const [mail] = await deliver(1)
  expect(mail!.parsed.text).not.toContain('Karl')
})

test('several nodes at the same time, round after round, write to nobody twice', async () => {
  for (let index = 0; index < 5; index += 1) await endingMessage()
  await Promise.all(Array.from({ length: 5 }, () => round()))
  await round()
  expect(await queued()).toHaveLength(15)
})

test('nothing that opens a message is stored', async () => {
  const message = await endingMessage()
  await round()
  const { rows } = await portal.db.query('select to_jsonb(notices) as row from notices')
  expect(rows).toHaveLength(3)
  for (const { token } of message.links) expect(JSON.stringify(rows)).not.toContain(token)
  expect((await portal.db.query('select 1 from notices where mail is not null')).rows).toEqual([])
})

test('who has fetched it before the reminder is sent is not reminded any more', async () => {
  const message = await endingMessage({ login: 'none' })
  await round()
  expect(await queued()).toEqual(three)
  await (await portal.browser().download(message.path)).text()
  await revokeLink(portal.db, message.links[1]!.id, { actor: 'admin:root' })
  const mails = await deliver(1)
  expect(mails.map(mail => mail.deliveredTo)).toEqual(['outsider@firma.example'])
})

describe('nobody is reminded', () => {
  const others = three.slice(1)

  test('who has fetched a file, by whichever way', async () => {
    const message = await endingMessage()
    const browser = portal.browser()
    // Anna comes by somebody else's link; it counts for her own.
    await browser.logIn(message.links[1]!.path, 'anna')
    await (await browser.download(message.links[1]!.path)).text()
    await round()
    expect(await queued()).toEqual(others)
  })

  test.each([
    ['whose copy bounced', "update deliveries set state = 'bounced' where link_id = $1"],
    ['whose copy is still queued', "update deliveries set state = 'queued', settled_at = null where link_id = $1"],
    ['whose link was revoked', 'update links set revoked_at = now() where id = $1'],
    ...['no-reply', 'noreply+7', 'MAILER-DAEMON', 'do_not_reply', 'owner-list', 'list-bounces', 'list-request'].map(
      address => [
        `at an automatic address such as ${address}`,
        `update links set recipient = '${address}@firma.example', recipient_key = lower('${address}@firma.example') where id = $1`,
      ],
    ),
  ])('%s', async (_, change) => {
    const message = await endingMessage()
    await alter(portal.deps, change, [message.links[0]!.id])
    await round()
    expect(await queued()).toEqual(others)
  })

  test.each([
    ['of a message that was withdrawn', 'update messages set revoked = true, ended_at = now(), wrapped_key = null'],
    ['of a message that has expired', "update messages set expires_at = now() - interval '1 second'"],
    ['of a message that ends later', "update messages set expires_at = now() + interval '3 days 1 hour'"],
    ['of a message that was open for few days', "update messages set created_at = now() - interval '4 days'"],
    ['of a message without a file', 'delete from files'],
  ])('%s', async (_, change) => {
    await endingMessage()
    await alter(portal.deps, change)
    await round()
    expect(await queued()).toEqual([])
  })

  test('where the settings say so', async () => {
    await endingMessage()
    await round(settingsWith({ daysBeforeExpiry: null }))
    await round(settingsWith({ daysBeforeExpiry: 1 }))
    expect(await queued()).toEqual([])
    await round(settingsWith({ daysBeforeExpiry: 2 }))
    expect(await queued()).toEqual(three)
  })
})
