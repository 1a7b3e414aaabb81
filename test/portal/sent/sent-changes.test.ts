import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBrowser } from '../../support/browser.ts'
import { about, auditOf, linksOf, read } from './sent-message.ts'
import { linkIn, startSentPortal, type SentPortal } from './sent-portal.ts'
import { alter } from '../../support/keyring.ts'

let portal: SentPortal
beforeAll(async () => {
  portal = await startSentPortal()
})
afterAll(() => portal.close())

const bertil = 'bertil@kommun.example'
const day = (fromToday: number) => {
  const date = new Date(Date.now() + fromToday * 86_400_000)
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`
}
const idOf = (path: string) => path.split('/')[2]!

async function rowOf(path: string) {
  const { rows } = await portal.kuvert.deps.db.query<{ expires_at: Date; max_downloads: number | null }>(
    'select * from messages where id = $1',
    [idOf(path)],
  )
  return rows[0]!
}

describe('withdrawing', () => {
  test('is asked about first, and asking changes nothing', async () => {
    const path = await portal.sent({ subject: 'Ångrat' })
    expect(await read(portal.anna, `${path}/revoke`)).toContain('Det går inte att ångra')
    expect(await auditOf(portal.kuvert, path)).toEqual(['message-sealed account:anna'])
  })

  test('a message: nobody opens it any more, its page says so, and it is done once', async () => {
    const path = await portal.sent({ subject: 'Återkallas' })
    const link = linkIn((await portal.mailsTo(bertil, 'Återkallas'))[0]!)
    expect(await portal.tenTimes(`${path}/revoke`, {})).toEqual(Array(10).fill(303))
    const page = await read(portal.anna, path)
    expect(page).toContain('Återkallat. Ingen kan öppna det längre.')
    expect(page).not.toContain('Förläng')
    expect(await read(portal.anna, '/sent?search=återkallas')).toContain('Återkallat')
    const entries = await auditOf(portal.kuvert, path)
    expect(entries.filter(entry => entry === 'message-ended account:anna')).toHaveLength(1)
    const recipient = openBrowser(portal.kuvert.portalUrl)
    const shown = await recipient.logIn(link, 'bertil')
    expect(await (await recipient.get(shown.headers.get('location') ?? link)).text()).toContain('dragits tillbaka')
  })

  test('one link: the others open it still', async () => {
    const path = await portal.sent({
      to: `${bertil}, cecilia@kommun.example`,
      'login-kind': 'none',
      subject: 'En av två',
    })
    const links = await linksOf(portal.kuvert, path)
    const confirm = await read(portal.anna, `${path}/revoke?link=${links.get(bertil)}`)
    expect(confirm).toContain(`${bertil} kan inte öppna meddelandet mer`)
    expect(await portal.tenTimes(`${path}/revoke`, { link: links.get(bertil)! })).toEqual(Array(10).fill(303))
    expect(await about(portal.anna, path, bertil)).toMatch(/Återkallat \d+/)
    expect(await about(portal.anna, path, bertil)).not.toContain('Skicka länken igen')
    const [toBertil, toCecilia] = [
      await portal.mailsTo(bertil, 'En av två'),
      await portal.mailsTo('cecilia@kommun.example', 'En av två'),
    ]
    const nobody = openBrowser(portal.kuvert.portalUrl)
    expect((await nobody.get(linkIn(toBertil[0]!))).status).toBe(410)
    expect((await nobody.get(linkIn(toCecilia[0]!))).status).toBe(200)
    expect((await auditOf(portal.kuvert, path)).filter(entry => entry.startsWith('link-revoked'))).toHaveLength(1)
  })

  test('a link of another message leaves both as they are', async () => {
    const [one, other] = [await portal.sent(), await portal.sent()]
    const link = (await linksOf(portal.kuvert, other)).get(bertil)!
    await portal.anna.post(`${one}/revoke`, { link })
    await portal.anna.post(`${one}/resend`, { link })
    expect(await about(portal.anna, one, bertil)).toContain('Överlämnat')
    expect(await about(portal.anna, other, bertil)).toContain('Överlämnat')
  })
})

describe('extending', () => {
  test('moves the last day, once, and the recipient’s page says it', async () => {
    const path = await portal.sent({ 'login-kind': 'none', subject: 'Längre', expires: day(5) })
    expect(await portal.tenTimes(`${path}/extend`, { expires: day(40) })).toEqual(Array(10).fill(303))
    const { expires_at: until } = await rowOf(path)
    expect([until.getHours(), until.getMinutes()]).toEqual([23, 59])
    expect(until.getTime()).toBeGreaterThan(Date.now() + 39 * 86_400_000)
    expect(
      (await auditOf(portal.kuvert, path)).filter(entry => entry === 'message-extended account:anna'),
    ).toHaveLength(1)
    const shown = await read(openBrowser(portal.kuvert.portalUrl), linkIn((await portal.mailsTo(bertil, 'Längre'))[0]!))
    expect(shown).toContain(new Intl.DateTimeFormat('sv-SE', { dateStyle: 'long' }).format(until))
  })

  test.each([
    [day(2), 'Välj en senare dag'],
    [day(61), 'högst 60 dagar framåt'],
    ['2026-02-30', 'högst 60 dagar framåt'],
    ['', 'högst 60 dagar framåt'],
  ])('to %s is refused', async (expires, sentence) => {
    const path = await portal.sent({ expires: day(5) })
    const before = await rowOf(path)
    expect(await portal.refused(`${path}/extend`, { expires })).toContain(sentence)
    expect(await rowOf(path)).toEqual(before)
  })

  test('is bound by what the admin has set for its recipients', async () => {
    const path = await portal.sent({ to: 'x@strikt.example', max: '1', expires: day(3) })
    expect(await portal.refused(`${path}/extend`, { expires: day(20) })).toContain('högst 10 dagar framåt')
    expect((await portal.anna.post(`${path}/extend`, { expires: day(8) })).status).toBe(303)
    const locked = await portal.sent({ to: 'x@last.example' })
    expect(await read(portal.anna, locked)).not.toContain('Förläng')
    await portal.refused(`${locked}/extend`, { expires: day(50) })
  })
})

describe('raising the limit', () => {
  test('gives whoever has used it up more, once', async () => {
    const path = await portal.sent({ 'login-kind': 'none', max: '1', subject: 'Fler' })
    const link = linkIn((await portal.mailsTo(bertil, 'Fler'))[0]!)
    expect((await openBrowser(portal.kuvert.portalUrl).post(`${link}/text`)).status).toBe(303)
    expect((await openBrowser(portal.kuvert.portalUrl).post(`${link}/text`)).status).toBe(403)
    expect(await portal.tenTimes(`${path}/max`, { max: '2' })).toEqual(Array(10).fill(303))
    expect((await auditOf(portal.kuvert, path)).filter(entry => entry === 'limit-raised account:anna')).toHaveLength(1)
    expect((await openBrowser(portal.kuvert.portalUrl).post(`${link}/text`)).status).toBe(303)
    expect(await read(portal.anna, path)).toMatch(/Hämtningar per mottagare 2/)
    expect((await portal.anna.post(`${path}/max`, { max: '' })).status).toBe(303)
    expect((await rowOf(path)).max_downloads).toBeNull()
  })

  test.each(['2', '0', '1001', '1.5', 'många', '-1'])('to %s is refused', async max => {
    const path = await portal.sent({ max: '3' })
    const page = await portal.refused(`${path}/max`, { max })
    expect(page).toMatch(/högre tal än 3|ett tal från 1 till 1000/)
    expect((await rowOf(path)).max_downloads).toBe(3)
  })

  test('is bound by what the admin has set for its recipients', async () => {
    const path = await portal.sent({ to: 'x@strikt.example', max: '1', expires: day(3) })
    expect(await portal.refused(`${path}/max`, { max: '3' })).toContain('ett tal från 1 till 2')
    expect(await portal.refused(`${path}/max`, { max: '' })).toContain('ett tal från 1 till 2')
    expect((await portal.anna.post(`${path}/max`, { max: '2' })).status).toBe(303)
  })
})

describe('sending a link again', () => {
  test('brings one more mail with the same link, which says what holds by then', async () => {
    const path = await portal.sent({ subject: 'Igen', expires: day(5) })
    await portal.anna.post(`${path}/extend`, { expires: day(40) })
    await portal.longAgo(path)
    const link = (await linksOf(portal.kuvert, path)).get(bertil)!
    const statuses = await portal.tenTimes(`${path}/resend`, { link })
    expect(statuses.filter(status => status === 303)).toHaveLength(1)
    await portal.settled(path)
    const [first, second, ...more] = await portal.mailsTo(bertil, 'Igen')
    expect(more).toEqual([])
    expect(linkIn(second!)).toBe(linkIn(first!))
    const until = (await rowOf(path)).expires_at
    const inWords = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'long' }).format(until)
    expect(first).not.toContain(inWords)
    expect(second).toContain(inWords)
    expect((await auditOf(portal.kuvert, path)).filter(entry => entry === 'link-sent-again account:anna')).toHaveLength(
      1,
    )
  })

  test('is a new mail, which no server takes for the first, and its page tells of both', async () => {
    const path = await portal.sent({ subject: 'Ny post', to: `${bertil}, lina@utanfor.example`, 'login-kind': 'none' })
    const link = (await linksOf(portal.kuvert, path)).get(bertil)!
    for (let times = 0; times < 2; times += 1) {
      await portal.longAgo(path)
      expect((await portal.anna.post(`${path}/resend`, { link })).status).toBe(303)
      await portal.settled(path)
    }
    const [first, ...again] = await portal.wholeMailsTo(bertil, 'Ny post')
    expect(again).toHaveLength(2)
    expect(new Set([first, ...again].map(mail => mail!.messageId)).size).toBe(3)
    const { rows } = await portal.kuvert.deps.db.query<{ at: Date }>(
      'select created_at as at from deliveries where link_id = $1 order by at desc limit 1',
      [link],
    )
    for (const mail of again) {
      expect(mail.messageId).toMatch(/^<[\da-f-]{36}@kuvert\.test>$/)
      expect([mail.references, mail.inReplyTo]).toEqual([first!.messageId, first!.messageId])
      expect(mail.to).toEqual(first!.to)
    }
    expect(Math.floor(again[1]!.date!.getTime() / 1000)).toBe(Math.floor(rows[0]!.at.getTime() / 1000))
    const told = await about(portal.anna, path, bertil)
    expect(told.match(/Överlämnat till mejlservern/g)).toHaveLength(3)
    expect(told.match(/Mejlet dessförinnan:/g)).toHaveLength(2)
    expect((await about(portal.anna, path, 'lina@utanfor.example')).match(/Överlämnat/g)).toHaveLength(1)
  })

  test('is not done just after it was sent, while it waits, or once it is withdrawn', async () => {
    const path = await portal.sent()
    const link = (await linksOf(portal.kuvert, path)).get(bertil)!
    expect(await portal.refused(`${path}/resend`, { link })).toContain('Länken har nyss skickats')
    await portal.longAgo(path)
    await portal.kuvert.deps.db.query(
      `update deliveries set state = 'queued', settled_at = null, next_attempt_at = now() + interval '1 hour'
       where link_id = $1`,
      [link],
    )
    expect(await portal.refused(`${path}/resend`, { link })).toContain('Länken har nyss skickats')
    await portal.kuvert.deps.db.query(
      `update deliveries set state = 'sent', settled_at = created_at where link_id = $1`,
      [link],
    )
    await portal.anna.post(`${path}/revoke`, { link })
    expect((await portal.anna.post(`${path}/resend`, { link })).headers.get('location')).toBe(path)
    const { rows } = await portal.kuvert.deps.db.query('select from deliveries where link_id = $1', [link])
    expect(rows).toHaveLength(1)
  })
})

test('of a message that has ended nothing can be changed', async () => {
  const path = await portal.sent({ max: '1', expires: day(3) })
  await alter(portal.kuvert.deps, `update messages set expires_at = now() - interval '1 second' where id = $1`, [
    idOf(path),
  ])
  const link = (await linksOf(portal.kuvert, path)).get(bertil)!
  const asked = { extend: { expires: day(9) }, max: { max: '2' }, resend: { link }, recipients: { to: 'a@b.example' } }
  for (const [action, fields] of Object.entries(asked))
    expect(await portal.refused(`${path}/${action}`, fields as unknown as Record<string, string>)).toContain(
      'Meddelandet kan inte öppnas längre',
    )
  expect((await linksOf(portal.kuvert, path)).size).toBe(1)
  expect(await auditOf(portal.kuvert, path)).toEqual(['message-sealed account:anna'])
})

test('a form of another site changes nothing', async () => {
  const path = await portal.sent()
  const answer = await portal.anna.post(`${path}/revoke`, {}, { origin: 'https://elsewhere.example' })
  expect(answer.status).toBe(403)
  expect(await read(portal.anna, path)).not.toContain('Återkallat.')
})
