import { simpleParser } from 'mailparser'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeIn } from '../support/mailed-code.ts'
import { openBrowser } from '../support/browser.ts'
import { mailWithAttachment, submit } from '../support/client-mail.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'
import { wholeDatabase } from '../support/whole-database.ts'

const eva = 'eva@utanfor.example'
let sink: SmtpSink
let kuvert: TestKuvert
beforeAll(async () => {
  sink = await startSmtpSink()
  kuvert = await startTestKuvert({
    nextHop: { kind: 'smtp', host: '127.0.0.1', port: sink.port, tls: 'none', timeoutSeconds: 10 },
  })
})
afterAll(async () => {
  await kuvert.close()
  await sink.stop()
})

/** Has everything that waits tried now. */
async function tryAgain(): Promise<void> {
  for (const table of ['deliveries', 'notices']) {
    await kuvert.deps.db.query(`update ${table} set next_attempt_at = now() where state = 'queued'`)
  }
  await kuvert.deps.db.query('notify kuvert_deliveries')
}

const until = (where: string) =>
  expect
    .poll(async () => (await kuvert.deps.db.query(`select 1 from notices where ${where}`)).rows.length, {
      timeout: 10_000,
    })
    .toBe(1)

test('while the next hop takes nothing, no code, token, session or password can be read in the database', async () => {
  await submit(kuvert.smtpPort, mailWithAttachment('[secure] Beslut'), { to: [`<${eva}>`] })
  const [copy] = await sink.waitForMails(1)
  const path = /\/l\/[\w-]+/.exec((await simpleParser(copy!.bytes)).text!)![0]
  sink.script = { answers: { DOT: '451 4.3.0 later' } }
  const [browser, anna] = [openBrowser(kuvert.portalUrl), openBrowser(kuvert.portalUrl)]
  expect((await browser.askForCode(path)).status).toBe(303)
  await until("state = 'queued' and attempts > 0 and lease is null")
  await anna.post('/login', { login: 'anna', password: 'anna-ord' })
  const waiting = await wholeDatabase(kuvert.deps.db)
  sink.script = {}
  await tryAgain()
  const mail = (await sink.waitForMails(2)).at(-1)!
  const code = codeIn((await simpleParser(mail.bytes)).text ?? '')
  expect(mail.recipients).toEqual([eva])
  expect(waiting, 'the database was read').toContain(eva)
  const token = path.split('/').at(-1)!
  const secrets = { code, token, password: 'anna-ord', session: anna.cookies.get('kuvert')! }
  for (const [what, secret] of Object.entries(secrets)) {
    // A number of six digits may be part of a longer one.
    expect(
      what === 'code' ? new RegExp(`(?<!\\d)${secret}(?!\\d)`).test(waiting) : waiting.includes(secret),
      what,
    ).toBe(false)
  }
  expect((await browser.enterCode(path, code)).status).toBe(303)
  await kuvert.deps.db.query('delete from notices')
})

test.each([
  ['for somebody else', "recipient = 'elak@utanfor.example'"],
  ['from somebody else', "sender = 'elak@utanfor.example'"],
  ['in another’s place', 'id = gen_random_uuid()'],
])('a queued code whose row was changed, to be %s, is sent to nobody', async (_, change) => {
  const before = sink.mails.length
  await submit(kuvert.smtpPort, mailWithAttachment(`[secure] ${change}`), { to: [`<${eva}>`] })
  const copy = (await sink.waitForMails(before + 1)).at(-1)
  const path = /\/l\/[\w-]+/.exec((await simpleParser(copy!.bytes)).text!)![0]
  sink.script = { answers: { DOT: '451 4.3.0 later' } }
  await openBrowser(kuvert.portalUrl).askForCode(path)
  await until("state = 'queued' and attempts > 0 and lease is null")
  const refused = kuvert.deps.keyring.refused
  await kuvert.deps.db.query(`update notices set ${change}`)
  sink.script = {}
  await tryAgain()
  await until("state = 'dropped' and mail is null")
  expect(sink.mails).toHaveLength(before + 1)
  expect(kuvert.deps.keyring.refused).toBe(refused + 1)
  await kuvert.deps.db.query('delete from notices')
})

test('a reminder or a receipt whose row was changed goes to nobody but whom it is for, from Kuvert', async () => {
  const before = sink.mails.length
  await submit(kuvert.smtpPort, mailWithAttachment('[secure] Påminnelse'), { to: [`<${eva}>`] })
  await sink.waitForMails(before + 1)
  await kuvert.deps.db.query(
    `insert into notices (id, sender, recipient, kind, reminds_link)
     select gen_random_uuid(), 'elak@utanfor.example', 'elak@utanfor.example', 'reminder', links.id
     from links join messages on messages.id = message_id order by messages.created_at desc limit 1`,
  )
  await tryAgain()
  const mail = (await sink.waitForMails(before + 2)).at(-1)!
  expect([mail.sender, ...mail.recipients].join()).not.toContain('elak')
  expect(mail.recipients).toEqual([eva])
})
