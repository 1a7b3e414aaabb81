import { afterAll, beforeAll, expect, test } from 'vitest'
import { findLinksOfMessage, tokenOf } from '#database/links.ts'
import { replyReasons, type DeliveryReason } from '#model.ts'
import { bounceReason, serverReply, type BounceReason } from '#portal/sent/bounce-reason.ts'
import { startTestKuvert, type TestKuvert } from '../../support/kuvert.ts'
import { startSmtpSink, type SmtpSink } from '../../support/smtp-sink.ts'
import { openBrowser, type Browser } from '../../support/browser.ts'
import { about, auditOf, read, send, staff } from './sent-message.ts'

let sink: SmtpSink
let kuvert: TestKuvert
let anna: Browser
beforeAll(async () => {
  sink = await startSmtpSink({
    answers: {
      RCPT: command => {
        if (command.includes('borta@')) return '550 5.1.1 <borta@utanfor.example>: no such user here'
        return command.includes('senare@') ? '450 4.2.0 Greylisted, come back later' : undefined
      },
    },
  })
  kuvert = await startTestKuvert(
    {
      nextHop: { kind: 'smtp', host: '127.0.0.1', port: sink.port, tls: 'none', timeoutSeconds: 5 },
      courier: { firstPauseSeconds: 600 },
    },
    ['portal', 'courier'],
  )
  anna = await staff(kuvert)
})
afterAll(async () => {
  await kuvert.close()
  await sink.stop()
})

/** Sends a message, and waits until each copy was tried once. */
async function delivered(fields: Record<string, string>): Promise<string> {
  const path = await send(anna, fields)
  const untried = async () => {
    const { rows } = await kuvert.deps.db.query(
      `select from deliveries join links on links.id = link_id
       where message_id = $1 and state = 'queued' and last_reply is null`,
      [path.split('/')[2]],
    )
    return rows.length
  }
  await expect.poll(untried).toBe(0)
  return path
}

/** The path of the link in the mail to this recipient about this subject. */
async function linkIn(recipient: string, path: string): Promise<string> {
  const messageId = path.split('/')[2]!
  const links = await findLinksOfMessage(kuvert.deps, messageId)
  return `/l/${tokenOf(
    kuvert.deps.keyring,
    links.find(link => link.recipient === recipient)!,
  )}`
}

test('each recipient’s copy is handed over, on its way, or did not arrive, with the reason and the server’s own words', async () => {
  const path = await delivered({
    to: 'bertil@kommun.example, borta@utanfor.example, senare@utanfor.example',
    subject: 'Tre öden',
  })
  expect(await about(anna, path, 'bertil@kommun.example')).toMatch(/Överlämnat till mejlservern \d+ \S+ \d{4} kl/)
  const bounced = await about(anna, path, 'borta@utanfor.example')
  expect(bounced).toMatch(/Kom inte fram \d+ \S+ \d{4} kl.*Adressen finns inte\. .*5\.1\.1 <borta@utanfor\.example>/)
  const queued = await about(anna, path, 'senare@utanfor.example')
  expect(queued).toMatch(/På väg · nästa försök \d+ \S+ \d{4} kl.*Mejlserverns svar: 450 4\.2\.0 Greylisted/)
  expect(queued).not.toContain('Skicka länken igen')
  const list = await read(anna, '/sent?search=tre')
  expect(list).toContain('1 på väg · 1 överlämnat till mejlservern · 1 kom inte fram')
})

test('a page that is shown counts as opened, a scanner’s visit apart, and a look changes nothing', async () => {
  const path = await delivered({ 'login-kind': 'none', to: 'bertil@kommun.example, ulla@utanfor.example' })
  const link = await linkIn('ulla@utanfor.example', path)
  const visitor = openBrowser(kuvert.portalUrl)
  await visitor.get(link, { 'user-agent': 'Mozilla/5.0 (compatible; Barracuda Sentinel)' })
  await visitor.get(link, { 'user-agent': 'Mozilla/5.0 (compatible; Barracuda Sentinel)' })
  expect(await about(anna, path, 'ulla@utanfor.example')).toMatch(/Inte öppnat Automatiska besök: 2/)
  await visitor.get(link, { 'user-agent': 'Mozilla/5.0 Firefox/140.0' })
  expect(await about(anna, path, 'ulla@utanfor.example')).toMatch(/Sidan öppnad en gång, .*Automatiska besök: 2/)
  expect(await about(anna, path, 'bertil@kommun.example')).toContain('Inte öppnat')
  // Copies of other tests may still be reported to their sender meanwhile.
  const rows = async () => {
    const { rows: found } = await kuvert.deps.db.query<{ all: string }>(
      `select md5(string_agg(rows.text, '' order by rows.text)) as all from (
         select messages::text from messages union all select links::text from links
         union all select deliveries::text from deliveries join links on links.id = link_id where message_id = $1
         union all select counts::text from counts) as rows (text)`,
      [path.split('/')[2]],
    )
    return found[0]!.all
  }
  const before = await rows()
  await visitor.get(link)
  await anna.get(path)
  await anna.get('/sent')
  expect(await rows()).toBe(before)
})

test('each visit is counted, however many come at once, and the audit holds no more than it takes of one link', async () => {
  const path = await delivered({ 'login-kind': 'none', to: 'ulla@utanfor.example' })
  const link = await linkIn('ulla@utanfor.example', path)
  const visitor = openBrowser(kuvert.portalUrl)
  await Promise.all(Array.from({ length: 45 }, () => visitor.get(link)))
  await expect.poll(() => about(anna, path, 'ulla@utanfor.example')).toMatch(/Sidan öppnad 45 gånger/)
  expect((await auditOf(kuvert, path)).filter(entry => entry.startsWith('page-shown'))).toHaveLength(30)
})

test('whoever follows a forwarded link counts as themselves', async () => {
  const path = await delivered({ 'login-kind': 'locals', to: 'bertil@kommun.example' })
  const link = await linkIn('bertil@kommun.example', path)
  const cecilia = openBrowser(kuvert.portalUrl)
  await cecilia.logIn(link, 'cecilia')
  await cecilia.get(link)
  expect((await cecilia.post(`${link}/text`)).status).toBe(303)
  await cecilia.get(`${link}/text`)
  expect(await about(anna, path, 'bertil@kommun.example')).toContain('Inte öppnat')
  const page = await read(anna, path)
  expect(page).toMatch(/Andra i organisationen.*Användare cecilia Sidan öppnad en gång.*Texten : visad en gång/)
})

test('of each file it is said how often it was downloaded, and when first and last', async () => {
  const path = await delivered({ to: 'bertil@kommun.example', subject: 'Två gånger' })
  const link = await linkIn('bertil@kommun.example', path)
  for (const time of ['first', 'second']) {
    const bertil = openBrowser(kuvert.portalUrl)
    await bertil.logIn(link, 'bertil')
    expect([time, (await bertil.post(`${link}/text`)).status]).toEqual([time, 303])
    await bertil.get(`${link}/text`)
    await bertil.get(`${link}/text`)
  }
  expect(await about(anna, path, 'bertil@kommun.example')).toMatch(/Texten : visad 2 gånger, första gången .*, senast /)
  expect(await read(anna, '/sent?search=gånger')).toContain('1 har hämtat')
})

test('a download that was asked for and never begun is none', async () => {
  const path = await delivered({ to: 'bertil@kommun.example' })
  const link = await linkIn('bertil@kommun.example', path)
  const bertil = openBrowser(kuvert.portalUrl)
  await bertil.logIn(link, 'bertil')
  await bertil.post(`${link}/text`)
  expect(await about(anna, path, 'bertil@kommun.example')).not.toContain('visad')
})

test.each<[DeliveryReason | null, BounceReason]>([
  ['unknown-address', 'unknown address'],
  ['mailbox-full', 'mailbox full'],
  ['too-large', 'too large'],
  ['not-allowed', 'not allowed'],
  ['refused', 'other'],
  ['deferred', 'in vain'],
  ['unreachable', 'in vain'],
  [null, 'in vain'],
  ['withdrawn', 'ended'],
  ['expired', 'ended'],
  ['failed', 'other'],
])('a copy that did not arrive for the reason %s is told of as: %s', (reason, told) => {
  expect(bounceReason(reason)).toBe(told)
  const isReply = replyReasons.some(each => each === reason)
  expect(serverReply({ reason, lastReply: 'the last words' })).toBe(isReply ? 'the last words' : null)
})
