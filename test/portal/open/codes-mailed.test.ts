import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { deleteOldCodes } from '#database/codes.ts'
import { aMinuteLater, codeIn, mailsTo } from '../../support/mailed-code.ts'
import type { Wanted } from '../../support/test-message.ts'
import { startTestPortal, type TestPortal } from '../../support/test-portal.ts'

let portal: TestPortal
beforeAll(async () => {
  portal = await startTestPortal()
})
// Every test comes from the same address.
beforeEach(async () => {
  await portal.db.query('delete from codes')
})
afterAll(() => portal.close())

const outsiders = (wanted: Partial<Wanted> = {}) =>
  portal.message({ login: 'recipients', recipients: ['olle@utanfor.example'], ...wanted })

describe('so many codes are mailed and no more', () => {
  test('one in a minute, however many are asked for at once, three in 15 minutes, and ten in a day', async () => {
    const recipient = 'many@utanfor.example'
    const message = await outsiders({ recipients: [recipient] })
    const answers = await Promise.all(Array.from({ length: 12 }, () => portal.browser().askForCode(message.path)))
    expect(answers.map(answer => answer.status)).toEqual(Array(12).fill(303))
    expect(await mailsTo(portal.deps, recipient)).toHaveLength(1)
    for (let more = 0; more < 2; more += 1) {
      await aMinuteLater(portal.db)
      expect((await portal.browser().askForCode(message.path)).status).toBe(303)
    }
    await aMinuteLater(portal.db)
    const refused = await portal.browser().askForCode(message.path)
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe(String(12 * 60))
    const page = await refused.text()
    expect(page).toContain('Du kan be om en ny kod om 12 minuter.')
    expect(page).toContain(`href="${message.path}/code"`)
    expect(await mailsTo(portal.deps, recipient)).toHaveLength(3)
    for (let more = 0; more < 7; more += 1) {
      await portal.db.query("update codes set asked_at = asked_at - interval '15 minutes'")
      expect((await portal.browser().askForCode(message.path)).status).toBe(303)
    }
    await portal.db.query("update codes set asked_at = asked_at - interval '15 minutes'")
    const last = await portal.browser().askForCode(message.path)
    expect([last.status, (await last.text()).includes('om 22 timmar')]).toEqual([429, true])
    expect((await portal.browser().askForCode((await outsiders()).path)).status).toBe(303)
  })

  test('of which strangers with the link use up none of its recipient’s, unless they come from many networks', async () => {
    const other = await startTestPortal({ portal: { trustProxy: ['127.0.0.0/8', '::1'] } })
    const recipient = 'olle@utanfor.example'
    const { path } = await other.message({ login: 'recipients', recipients: [recipient] })
    const ask = async (from: string) =>
      (await other.browser().post(`${path}/code`, {}, { origin: other.origin, 'x-forwarded-for': from })).status
    const networks = ['2001:db8:1::1', '192.0.2.1', '192.0.2.2', '192.0.2.3']
    for (let time = 0; time < 3; time += 1) {
      for (const from of networks) expect(await ask(from)).toBe(303)
      await aMinuteLater(other.db)
    }
    for (const from of ['2001:db8:1::2', ...networks]) expect(await ask(from)).toBe(429)
    expect(await ask('192.0.2.4'), 'twelve at one link').toBe(429)
    expect(await mailsTo(other.deps, recipient)).toHaveLength(12)
    await other.close()
  })

  test('thirty for a client address in 15 minutes, whatever the links', async () => {
    for (let asked = 0; asked < 30; asked += 1) {
      expect((await portal.browser().askForCode(`/l/guess-${asked}`)).status).toBe(303)
    }
    expect((await portal.browser().askForCode((await outsiders()).path)).status).toBe(429)
  })

  test('and upkeep forgets them only when no limit counts them any more', async () => {
    const message = await outsiders()
    await portal.browser().askForCode(message.path)
    await portal.db.query("update codes set asked_at = now() - interval '23 hours 59 minutes'")
    expect(await deleteOldCodes(portal.db)).toBe(0)
    await portal.db.query("update codes set asked_at = now() - interval '1 day'")
    expect(await deleteOldCodes(portal.db)).toBe(1)
  })
})

describe.each([
  ['sv', 'Kod för att öppna ett meddelande från Provkommun', 'Någon har bett om en kod', '15 minuter'],
  ['en', 'Code to open a message from Provkommun', 'Somebody has asked for a code', '15 minutes'],
] as const)('the mail with a code for a message in %s', (lang, subject, why, minutes) => {
  test('is in the language of the page that it was asked for on, and says so in the subject', async () => {
    const recipient = `page-${lang}@utanfor.example`
    const message = await outsiders({ lang: lang === 'sv' ? 'en' : 'sv', recipients: [recipient] })
    await portal.browser().post(`${message.path}/code?lang=${lang}`)
    await aMinuteLater(portal.db)
    const browser = portal.browser()
    await browser.get(`${message.path}?lang=${lang}`)
    await browser.askForCode(message.path)
    await aMinuteLater(portal.db)
    await portal.browser().post(`${message.path}/code`, {}, { origin: portal.origin, 'accept-language': `${lang}-FI` })
    const subjects = (await mailsTo(portal.deps, recipient)).map(mail => mail.subject)
    expect(subjects).toEqual([subject, subject, subject])
  })

  test('is in that language if nothing else is asked for, says what it is for, and holds the code once, outside of the subject', async () => {
    const recipient = `${lang}@utanfor.example`
    const message = await outsiders({ lang, recipients: [recipient], subject: 'Hemligt ärende' })
    await portal.browser().post(`${message.path}/code`)
    const [mail] = await mailsTo(portal.deps, recipient)
    const code = codeIn(mail!.text!)
    expect(code).toMatch(/^\d{6}$/)
    expect(mail!.subject).toBe(subject)
    for (const text of [mail!.text!.replace(/\s+/g, ' '), mail!.html as string]) {
      expect(text).toContain(why)
      expect(text).toContain(minutes)
      expect(text.split(code)).toHaveLength(2)
      for (const secret of ['Hemligt', 'Karin', 'rapport', '/l/', 'http']) expect(text).not.toContain(secret)
    }
    expect(mail!.html).toContain(`lang="${lang}"`)
  })

  test('comes from the organisation, and no machine answers it', async () => {
    const recipient = `from-${lang}@utanfor.example`
    await portal.browser().askForCode((await outsiders({ lang, recipients: [recipient] })).path)
    const [mail] = await mailsTo(portal.deps, recipient)
    expect(mail!.from!.value).toEqual([{ name: 'Provkommun', address: 'kuvert@kommun.example' }])
    expect(mail!.to).toMatchObject({ value: [{ address: recipient }] })
    expect(mail!.envelopeFrom).toBe('kuvert@kommun.example')
    expect(mail!.headers.get('auto-submitted')).toBe('auto-generated')
    expect(mail!.messageId).toMatch(/@kuvert\.test>$/)
    expect(mail!.raw.toString('latin1')).not.toMatch(/[^\r]\n|[^\x00-\x7f]/)
  })
})
